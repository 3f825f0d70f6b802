"""A finished transcript in the five response formats of OpenAI's transcription endpoints."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from audio.engines.base import Segment, SpeechTask, Word
from audio.engines.languages import language_name
from audio_api.services.transcription.transcripts.logprobs import transcript_logprobs

Granularity = Literal["segment", "word"]
DEFAULT_GRANULARITIES: tuple[Granularity, ...] = ("segment",)
_ARROW = re.compile("-{2,}>")


class TranscriptFormat(StrEnum):
    """`response_format` of the transcription and translation endpoints."""

    JSON = "json"
    VERBOSE_JSON = "verbose_json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"

    @property
    def content_type(self) -> str:
        """By this, not by the body, OpenAI's Node client tells JSON from text."""
        if self in (TranscriptFormat.JSON, TranscriptFormat.VERBOSE_JSON):
            return "application/json"
        return "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in one file.

    language: Whisper's code of the language spoken; duration: seconds of decoded audio;
    prompt_tokens: how much of prompt and keywords the decoder was given.
    """

    segments: Sequence[Segment]
    language: str
    duration: float
    task: SpeechTask = "transcribe"
    prompt_tokens: int = 0

    @property
    def text(self) -> str:
        """All that was said, without the spaces at its ends."""
        return "".join(segment.text for segment in self.segments).strip()


def render(
    transcript: Transcript,
    fmt: TranscriptFormat,
    *,
    granularities: Collection[Granularity] = DEFAULT_GRANULARITIES,
    logprobs: bool = False,
    languages: bool = False,
) -> str:
    """The body of the response.

    granularities: what `verbose_json` goes into; logprobs and languages: what `json` tells
    beside the text.
    """
    match fmt:
        case TranscriptFormat.JSON:
            return _dumps(to_json(transcript, logprobs=logprobs, languages=languages))
        case TranscriptFormat.VERBOSE_JSON:
            return _dumps(to_verbose_json(transcript, granularities))
        case TranscriptFormat.TEXT:
            return to_text(transcript)
        case TranscriptFormat.SRT:
            return to_srt(transcript)
        case TranscriptFormat.VTT:
            return to_vtt(transcript)


def to_json(
    transcript: Transcript, *, logprobs: bool = False, languages: bool = False
) -> dict[str, Any]:
    """`text` and the `usage` that is billed. Segments need words where logprobs are wanted."""
    body: dict[str, Any] = {"text": transcript.text}
    if logprobs:
        body["logprobs"] = transcript_logprobs(transcript.segments)
    if languages:
        body["languages"] = spoken_languages(transcript)
    return body | {"usage": _usage(transcript)}


def spoken_languages(transcript: Transcript) -> list[dict[str, str]]:
    """As `gpt-transcribe` answers; [] where nobody spoke."""
    return [{"code": transcript.language}] if transcript.segments else []


def to_verbose_json(
    transcript: Transcript, granularities: Collection[Granularity] = DEFAULT_GRANULARITIES
) -> dict[str, Any]:
    """With `segments` and `words` where their granularity is asked for, and no key where not.

    A translation's language is that of its text: English.
    """
    translated = transcript.task == "translate"
    body: dict[str, Any] = {
        "task": transcript.task,
        "language": "english" if translated else language_name(transcript.language),
        "duration": float(transcript.duration),
        "text": transcript.text,
    }
    end = transcript.duration
    if "segment" in granularities:
        body["segments"] = [_segment(segment, end) for segment in transcript.segments]
    if "word" in granularities:
        words = (word for segment in transcript.segments for word in segment.words)
        body["words"] = [_word(word, end) for word in words]
    return body | {"usage": _usage(transcript)}


def to_text(transcript: Transcript) -> str:
    """The text and a newline."""
    return f"{transcript.text}\n"


def to_srt(transcript: Transcript) -> str:
    """SubRip: numbered cues, comma before the milliseconds. "" when nothing was said."""
    return "".join(
        f"{number}\n{_cue(*cue, decimal=',')}"
        for number, cue in enumerate(_cues(transcript), start=1)
    )


def to_vtt(transcript: Transcript) -> str:
    """WebVTT, hours always written."""
    return "WEBVTT\n\n" + "".join(_cue(*cue, decimal=".") for cue in _cues(transcript))


def _usage(transcript: Transcript) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(transcript.duration)}


def _segment(segment: Segment, duration: float) -> dict[str, Any]:
    return {
        "id": int(segment.id),
        "seek": int(segment.seek),
        "start": _within(segment.start, duration),
        "end": _within(segment.end, duration),
        "text": segment.text,
        "tokens": [int(token) for token in segment.tokens],
        "temperature": _finite(segment.temperature),
        "avg_logprob": _finite(segment.avg_logprob),
        "compression_ratio": _finite(segment.compression_ratio),
        "no_speech_prob": _finite(segment.no_speech_prob),
    }


def _word(word: Word, duration: float) -> dict[str, Any]:
    return {
        "word": word.text.strip(),
        "start": _within(word.start, duration),
        "end": _within(word.end, duration),
    }


def _within(seconds: float, duration: float) -> float:
    """Whisper hears in windows of 30 seconds: its times may lie beyond the end of the audio."""
    return float(min(max(_finite(seconds), 0.0), duration))


def _finite(number: float) -> float:
    """JSON has no NaN and no infinity."""
    return float(number) if math.isfinite(number) else 0.0


def _cues(transcript: Transcript) -> list[tuple[float, float, str]]:
    """Start, end and text of each segment that says something, text on one line."""
    cues = []
    for segment in transcript.segments:
        # an empty line would end the cue, an arrow begin another
        text = _ARROW.sub("->", " ".join(segment.text.splitlines()).strip())
        if text:
            start, end = (_within(t, transcript.duration) for t in (segment.start, segment.end))
            cues.append((start, end, text))
    return cues


def _cue(start: float, end: float, text: str, *, decimal: str) -> str:
    return f"{_clock(start, decimal)} --> {_clock(end, decimal)}\n{text}\n\n"


def _clock(seconds: float, decimal: str) -> str:
    """`HH:MM:SS`, the decimal mark, milliseconds; hours may pass 99."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{decimal}{milliseconds:03d}"


def _dumps(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False)
