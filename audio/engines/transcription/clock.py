"""From the clock of what the model hears, speech alone, to that of the recording."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from audio.engines.base import WHISPER_SAMPLE_RATE, Word
from audio.engines.transcription.voice_activity import Span
from audio.engines.transcription.window import FRAMES_PER_SECOND
from audio.engines.transcription.windows import Heard

LEAST_SILENCE_SECONDS = 1.0
"""A silence that was cut out and is as long divides a segment that goes on behind it."""
_DECIMALS = 3
"""Of seconds: the clock of subtitles counts milliseconds."""


class Clock:
    """Moments in joined spans, in seconds, and where they lie in the recording.

    Joined, the last word of a span and the first of the next one stand side by side, so a moment
    near their joint may belong to either: it has to be said which span is meant.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self._bounds = [
            (span["start"] / WHISPER_SAMPLE_RATE, span["end"] / WHISPER_SAMPLE_RATE)
            for span in spans
        ]
        self._ends = list(accumulate(end - start for start, end in self._bounds))

    def span_of(self, start: float, end: float) -> int:
        """The span that most of what is said from `start` to `end` lies in."""
        return self._span_at((start + end) / 2)

    def original(self, moment: float, span: int) -> float:
        """The same moment in the recording; never outside of the span."""
        first, last = self._bounds[span]
        return round(min(max(moment - self._ends[span] + last, first), last), _DECIMALS)

    def seek(self, moment: float) -> float:
        """Where a window begins that begins at `moment`."""
        return self.original(moment, self._span_at(moment))

    def silence_between(self, span: int, later: int) -> float:
        """Seconds that were cut out between two spans."""
        following = range(span, later)
        return sum(self._bounds[each + 1][0] - self._bounds[each][1] for each in following)

    def placed(self, heard: Heard) -> Iterator[Heard]:
        """A segment by the recording's clock: in parts, where a silence was cut out of it."""
        seek = round(self.seek(heard.seek / FRAMES_PER_SECOND) * FRAMES_PER_SECOND)
        parts = list(self._parts(heard.words))
        if not parts:
            span = self.span_of(heard.start, heard.end)
            start, end = (self.original(moment, span) for moment in (heard.start, heard.end))
            yield replace(heard, seek=seek, start=start, end=end)
            return
        shares = _shares(heard.tokens, [len(part) for part in parts])
        for part, tokens in zip(parts, shares, strict=True):
            text = heard.text if len(parts) == 1 else "".join(word.text for word in part)
            yield replace(
                heard,
                seek=seek,
                start=part[0].start,
                end=part[-1].end,
                text=text,
                tokens=tokens,
                words=tuple(part),
            )

    def _parts(self, words: Sequence[Word]) -> Iterator[list[Word]]:
        """The words by the recording's clock, in parts between which a silence was cut out."""
        part: list[Word] = []
        before = 0
        for word in words:
            span = max(self.span_of(word.start, word.end), before)
            if part and self.silence_between(before, span) >= LEAST_SILENCE_SECONDS:
                yield part
                part = []
            start, end = (self.original(moment, span) for moment in (word.start, word.end))
            part.append(replace(word, start=start, end=end))
            before = span
        if part:
            yield part

    def _span_at(self, moment: float) -> int:
        return min(bisect(self._ends, moment), len(self._ends) - 1)


def _shares(tokens: Sequence[int], counts: Sequence[int]) -> list[Sequence[int]]:
    """The tokens of a segment among its parts, by how many words each has."""
    bounds = [round(len(tokens) * each / sum(counts)) for each in accumulate(counts, initial=0)]
    return [tokens[start:end] for start, end in pairwise(bounds)]
