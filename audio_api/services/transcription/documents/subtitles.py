"""Plain text, SubRip and WebVTT of a stored transcript, with the speakers where they are known."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import groupby

from audio.engines.base import Segment
from audio_api.services.transcription.documents.stored import StoredSegment, StoredTranscript
from audio_api.services.transcription.transcripts import formats


def to_text(stored: StoredTranscript) -> str:
    """The text and a newline; a line for each turn where speakers are known."""
    if not any(segment.speaker for segment in stored.segments):
        return f"{stored.text}\n"
    turns = groupby(stored.segments, key=lambda segment: segment.speaker)
    return "".join(
        _spoken(speaker, "".join(segment.text for segment in turn).strip()) + "\n"
        for speaker, turn in turns
    )


def to_srt(stored: StoredTranscript) -> str:
    """SubRip has no field for a speaker: the name stands before the text."""
    return formats.to_srt(_transcript(stored, lambda it: _spoken(it.speaker, it.text.strip())))


def to_vtt(stored: StoredTranscript) -> str:
    """The speaker is WebVTT's voice. What would be markup is escaped."""
    return formats.to_vtt(_transcript(stored, _voiced))


def _spoken(speaker: str | None, text: str) -> str:
    return f"{speaker}: {text}" if speaker else text


def _voiced(segment: StoredSegment) -> str:
    text = escape(segment.text.strip(), quote=False)
    return f"<v {escape(segment.speaker, quote=False)}>{text}" if segment.speaker else text


def _transcript(
    stored: StoredTranscript, text_of: Callable[[StoredSegment], str]
) -> formats.Transcript:
    """As the formats of OpenAI's endpoints take it."""
    segments = [
        Segment(
            id=segment.id,
            seek=0,
            start=segment.start,
            end=segment.end,
            text=text_of(segment),
            tokens=(),
            temperature=0.0,
            avg_logprob=0.0,
            compression_ratio=0.0,
            no_speech_prob=0.0,
        )
        for segment in stored.segments
    ]
    return formats.Transcript(segments, stored.language, stored.duration)
