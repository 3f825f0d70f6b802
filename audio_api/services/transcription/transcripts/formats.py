"""A finished transcript in the response formats of OpenAI's transcription endpoints."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any, Literal

from audio.engines.base import Segment, SpeechTask, Word
from audio.engines.languages import language_name
from audio_api.services.transcription import subtitles
from audio_api.services.transcription.subtitles import Cue, Layout, Spoken
from audio_api.services.transcription.transcripts.logprobs import transcript_logprobs
from audio_api.services.transcription.transcripts.turns import Turns, speaker_of

Granularity = Literal["segment", "word"]
DEFAULT_GRANULARITIES: tuple[Granularity, ...] = ("segment",)
PUBLISHED = Layout()
"""Subtitles as people publish them."""


class TranscriptFormat(StrEnum):
    """`response_format` of the transcription and translation endpoints."""

    JSON = "json"
    VERBOSE_JSON = "verbose_json"
    DIARIZED_JSON = "diarized_json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"

    @property
    def content_type(self) -> str:
        """By this, not by the body, OpenAI's Node client tells JSON from text."""
        if self.value.endswith("json"):
            return "application/json"
        return "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in one file.

    language: Whisper's code of what is spoken first, or taken to be where nobody speaks; duration:
    seconds of the recording; prompt_tokens: how much of prompt and keywords the decoder was given;
    paid_seconds: where that is not the duration.
    """

    segments: Sequence[Segment]
    language: str
    duration: float
    task: SpeechTask = "transcribe"
    prompt_tokens: int = 0
    paid_seconds: float | None = None

    @property
    def text(self) -> str:
        """All that was said, without the spaces at its ends."""
        turns = Turns()
        return "".join(turns.text_of(segment) for segment in self.segments).strip()

    @property
    def usage_seconds(self) -> float:
        """What is paid for."""
        return self.duration if self.paid_seconds is None else self.paid_seconds

    @property
    def languages(self) -> list[str]:
        """Whisper's codes of what is spoken, that of most of the speech first; [] of silence."""
        seconds: dict[str, float] = defaultdict(float)
        for segment in self.segments:
            seconds[self.language_of(segment)] += max(segment.end - segment.start, 0.0)
        return sorted(seconds, key=seconds.__getitem__, reverse=True)

    @property
    def main_language(self) -> str:
        """Of most of the speech."""
        return next(iter(self.languages), self.language)

    @property
    def language_probability(self) -> float | None:
        """How sure that is, 0..1; None where it was given, or nobody speaks."""
        language, weighed, seconds = self.main_language, 0.0, 0.0
        for segment in self.segments:
            probability = segment.language_probability
            if segment.language == language and probability is not None:
                length = max(segment.end - segment.start, 0.001)
                weighed, seconds = weighed + probability * length, seconds + length
        return round(weighed / seconds, 4) if seconds else None

    def language_of(self, segment: Segment) -> str:
        """What is spoken in one of its segments."""
        return segment.language or self.language

    def text_language_of(self, segment: Segment) -> str:
        """What its text is in: a translation is English."""
        return "en" if self.task == "translate" else self.language_of(segment)


def render(
    transcript: Transcript,
    fmt: TranscriptFormat,
    *,
    granularities: Collection[Granularity] = DEFAULT_GRANULARITIES,
    layout: Layout = PUBLISHED,
    logprobs: bool = False,
    languages: bool = False,
) -> str:
    """The body of the response.

    granularities: what `verbose_json` goes into; layout: of subtitles; logprobs and languages:
    what `json` tells beside the text.
    """
    match fmt:
        case TranscriptFormat.JSON:
            return _dumps(to_json(transcript, logprobs=logprobs, languages=languages))
        case TranscriptFormat.VERBOSE_JSON:
            return _dumps(to_verbose_json(transcript, granularities))
        case TranscriptFormat.DIARIZED_JSON:
            return _dumps(to_diarized_json(transcript))
        case TranscriptFormat.TEXT:
            return to_text(transcript)
        case TranscriptFormat.SRT:
            return to_srt(transcript, layout)
        case TranscriptFormat.VTT:
            return to_vtt(transcript, layout)


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
    """As `gpt-transcribe` answers, that of most of the speech first; [] where nobody spoke."""
    return [{"code": code} for code in transcript.languages]


def to_verbose_json(
    transcript: Transcript, granularities: Collection[Granularity] = DEFAULT_GRANULARITIES
) -> dict[str, Any]:
    """With `segments` and `words` where their granularity is asked for, and no key where not.

    A translation's language is that of its text: English. How sure the language is that was told
    from the speech, and that of each segment where there are several, OpenAI does not say.
    """
    translated = transcript.task == "translate"
    body: dict[str, Any] = {
        "task": transcript.task,
        "language": "english" if translated else language_name(transcript.main_language),
        "duration": float(transcript.duration),
        "text": transcript.text,
    }
    probability = transcript.language_probability
    if probability is not None and not translated:
        body["language_probability"] = probability
    is_mixed = len(transcript.languages) > 1 and not translated
    end = transcript.duration
    if "segment" in granularities:
        body["segments"] = [
            _segment(each, end) | ({"language": transcript.language_of(each)} if is_mixed else {})
            for each in transcript.segments
        ]
    if "word" in granularities:
        words = [
            _word(word, end) | _channel(segment)
            for segment in transcript.segments
            for word in segment.words
        ]
        # those who talk at once do so in segments of their own
        body["words"] = sorted(words, key=itemgetter("start"))
    return body | {"usage": _usage(transcript)}


def to_diarized_json(transcript: Transcript) -> dict[str, Any]:
    """Who says what, as OpenAI's model that tells speakers apart answers. Channels are speakers."""
    segments = [diarized_segment(segment, transcript.duration) for segment in transcript.segments]
    return {
        "task": transcript.task,
        "duration": float(transcript.duration),
        "text": transcript.text,
        "segments": segments,
        "usage": _usage(transcript),
    }


def diarized_segment(segment: Segment, duration: float) -> dict[str, Any]:
    return {
        "type": "transcript.text.segment",
        "id": f"seg_{segment.id:03d}",
        "start": _within(segment.start, duration),
        "end": _within(segment.end, duration),
        "text": segment.text.strip(),
        "speaker": speaker_of(segment),
    }


def to_text(transcript: Transcript) -> str:
    """The text and a newline."""
    return f"{transcript.text}\n"


def to_srt(transcript: Transcript, layout: Layout = PUBLISHED) -> str:
    """SubRip, the names of speakers before what they say. "" when nothing was said."""
    return subtitles.srt(_cues(transcript, layout, names_speakers=True))


def to_vtt(transcript: Transcript, layout: Layout = PUBLISHED) -> str:
    """WebVTT, hours always written."""
    return subtitles.vtt(_cues(transcript, layout))


def _usage(transcript: Transcript) -> dict[str, Any]:
    # a multiple of a sample: the rounding only removes what a float adds
    return {"type": "duration", "seconds": math.ceil(round(transcript.usage_seconds, 6))}


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
        **_channel(segment),
    }


def _channel(segment: Segment) -> dict[str, Any]:
    if segment.channel is None:
        return {}
    return {"channel": segment.channel, "speaker": speaker_of(segment)}


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


def _cues(transcript: Transcript, layout: Layout, *, names_speakers: bool = False) -> list[Cue]:
    spoken = [
        Spoken(
            each.text,
            each.start,
            each.end,
            transcript.text_language_of(each),
            each.words,
            speaker_of(each) or "",
        )
        for each in transcript.segments
    ]
    return subtitles.cues_of(
        spoken, duration=transcript.duration, layout=layout, names_speakers=names_speakers
    )


def _dumps(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False)
