"""From what the engine heard in each source to the transcript that a job keeps."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audio.engines.base import Segment, Word
from audio_api.services.transcription.documents.stored import (
    Source,
    StoredSegment,
    StoredTranscript,
    StoredWord,
)
from audio_api.services.transcription.documents.versions import Version
from audio_api.services.transcription.documents.wording import clean, lead
from audio_api.services.transcription.transcripts.formats import Transcript
from audio_api.services.transcription.transcripts.turns import speaker_of

DECIMALS = 3
"""Of seconds: the clock of subtitles counts milliseconds."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One source of a job: its name, and what was said in it."""

    name: str
    transcript: Transcript


def build(heard: Sequence[Heard], *, at: datetime) -> StoredTranscript:
    """One transcript of all sources, in their order, as its version 1."""
    segments: list[StoredSegment] = []
    sources: list[Source] = []
    offset = 0.0
    for one in heard:
        duration = round(float(one.transcript.duration), DECIMALS)
        segments += _segments(one.transcript, offset, after=len(segments))
        sources.append(Source(clean(one.name), offset, duration))
        offset = round(offset + duration, DECIMALS)
    return StoredTranscript(
        language=_language(heard),
        duration=offset,
        segments=tuple(segments),
        sources=tuple(sources),
        versions=(Version(1, "", at, 0),),
    )


def confidence(avg_logprob: float) -> float:
    """The mean probability of a segment's tokens, 0..1; 0 for what is not a number."""
    return round(math.exp(min(avg_logprob, 0.0)), 4) if math.isfinite(avg_logprob) else 0.0


def _language(heard: Sequence[Heard]) -> str:
    """The one that most seconds are spoken in; "" without a source."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for one in heard:
        seconds[one.transcript.main_language] += 0.0
        for segment in one.transcript.segments:
            spoken = max(segment.end - segment.start, 0.0)
            seconds[one.transcript.language_of(segment)] += spoken
    return max(seconds, key=seconds.__getitem__, default="")


def _segments(transcript: Transcript, offset: float, *, after: int) -> list[StoredSegment]:
    """Those that say something, numbered on from `after`."""
    said = [segment for segment in transcript.segments if clean(segment.text).strip()]
    segments = []
    for number, segment in enumerate(said):
        text, language = clean(segment.text), transcript.text_language_of(segment)
        if number == 0:
            text = ("\n" if after else lead(language)) + text.lstrip()
        start, end = _span(segment, transcript.duration, offset)
        segments.append(
            StoredSegment(
                id=after + number + 1,
                start=start,
                end=end,
                text=text,
                confidence=confidence(segment.avg_logprob),
                language=language,
                speaker_id=segment.channel,
                speaker_label=speaker_of(segment),
                speaker=speaker_of(segment),
                words=tuple(_word(word, transcript.duration, offset) for word in segment.words),
            )
        )
    return segments


def _word(word: Word, duration: float, offset: float) -> StoredWord:
    start, end = _span(word, duration, offset)
    probability = round(_within(word.probability, 1.0), 4)
    return StoredWord(clean(word.text).strip(), start, end, probability)


def _span(piece: Segment | Word, duration: float, offset: float) -> tuple[float, float]:
    """Whisper hears in windows of 30 seconds: its times may lie beyond the end of the audio."""
    start, end = (_within(seconds, duration) for seconds in (piece.start, piece.end))
    return round(offset + start, DECIMALS), round(offset + max(start, end), DECIMALS)


def _within(number: float, most: float) -> float:
    """JSON has no NaN and no infinity."""
    return min(max(float(number), 0.0), float(most)) if math.isfinite(number) else 0.0
