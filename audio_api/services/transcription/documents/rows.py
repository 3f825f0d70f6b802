"""A transcript as a reader sees it on a page: a row for each segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audio_api.services.transcription.documents.stored import StoredTranscript
from audio_api.services.transcription.documents.wording import clean, clock


@dataclass(frozen=True, slots=True)
class Row:
    """One segment.

    source and speaker: named where they begin, None where they go on; start: seconds.
    """

    start: float
    text: str
    language: str
    speaker: str | None
    source: str | None

    @property
    def time(self) -> str:
        return clock(self.start)


def rows_of(stored: StoredTranscript) -> Iterator[Row]:
    """The segments in order. A source is named only where there are several."""
    sources = list(stored.sources) if len(stored.sources) > 1 else []
    speaker: str | None = None
    for segment in stored.segments:
        source = None
        while sources and segment.start >= sources[0].offset:
            source = sources.pop(0).name
        is_turn = source is not None or segment.speaker != speaker
        speaker = segment.speaker
        yield Row(
            start=segment.start,
            text=" ".join(clean(segment.text).split()),
            language=segment.language,
            speaker=speaker if is_turn else None,
            source=source,
        )


def summary(stored: StoredTranscript) -> str:
    """How long the audio is, and its language."""
    return " · ".join(part for part in (clock(stored.duration), stored.language) if part)
