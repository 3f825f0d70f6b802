"""Transcripts that the tests of documents share."""

from __future__ import annotations

from datetime import UTC, datetime

from audio.engines.base import Segment, Word
from audio_api.services.transcription.documents import (
    Heard,
    Source,
    StoredSegment,
    StoredTranscript,
    build,
)
from audio_api.services.transcription.transcripts import Transcript

NOON = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script> & \"]]> --> {{7*7}} \x00\x0b\ufffe end"


def heard_segment(
    text: str,
    start: float,
    end: float,
    words: tuple[Word, ...] = (),
    *,
    avg_logprob: float = -0.25,
) -> Segment:
    return Segment(
        id=0,
        seek=0,
        start=start,
        end=end,
        text=text,
        tokens=(),
        temperature=0.0,
        avg_logprob=avg_logprob,
        compression_ratio=1.0,
        no_speech_prob=0.0,
        words=words,
    )


BEACH = Heard(
    "beach.mp3",
    Transcript(
        segments=[
            heard_segment(
                " The beach",
                0.0,
                3.32,
                (Word("The", 0.0, 0.24, 0.9), Word("beach", 0.24, 3.3, 0.8)),
            ),
            heard_segment(" was full.", 3.32, 9.9, (Word("was", 3.4, 3.6, 0.7),)),
        ],
        language="en",
        duration=8.47,
    ),
)
PLAGE = Heard(
    "plage.mp3",
    Transcript([heard_segment(" Bonjour.", 1.0, 2.0)], language="fr", duration=4.0),
)
SILENCE = Heard("silence.mp3", Transcript([], language="en", duration=2.0))


def a_transcript(*heard: Heard) -> StoredTranscript:
    return build(heard or (BEACH,), at=NOON)


def said(*texts: str, language: str = "en", speakers: tuple[str, ...] = ()) -> StoredTranscript:
    """A segment of three seconds for each text."""
    segments = tuple(
        StoredSegment(
            id=number + 1,
            start=number * 3.0,
            end=number * 3.0 + 3.0,
            text=f" {text}",
            confidence=0.9,
            language=language,
            speaker_id=sorted(set(speakers)).index(speakers[number]) if speakers else None,
            speaker_label=speakers[number] if speakers else None,
            speaker=speakers[number] if speakers else None,
        )
        for number, text in enumerate(texts)
    )
    duration = len(texts) * 3.0
    return StoredTranscript(language, duration, segments, (Source("a.mp3", 0.0, duration),))
