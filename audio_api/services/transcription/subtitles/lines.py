"""Which pieces of a text fit on the lines of a cue, and where its lines break best."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise

from audio_api.services.transcription.subtitles.pieces import Piece

_SENTENCE_ENDS = frozenset(".!?…。！？｡।؟")
_CLAUSE_ENDS = frozenset(",;:—–、，；：،؛")
_CLOSING = "\"'”’»)]}」』）】"
_ABBREVIATIONS = frozenset({"dr", "mr", "mrs", "ms", "prof", "sr", "sra", "st", "vs"})
_PAUSE_SECONDS = 0.4
_SHORT_LETTERS = 3

_SENTENCE_COST, _PAUSE_COST, _CLAUSE_COST, _WORD_COST = 0.0, 1.0, 1.5, 4.0
"""To end a cue there."""
_LINE_SHARE = 0.25
"""Of these costs, where it is a line that ends."""


class Lines:
    """The pieces of a stretch of speech, on lines of `width` columns and `words` words.

    count: of the lines of a cue; words: None for any number; room: columns that the first line of
    each cue has less.
    """

    def __init__(
        self, pieces: Sequence[Piece], width: int, count: int, words: int | None, room: int = 0
    ) -> None:
        self.pieces = pieces
        self._width, self._count, self._words, self._room = width, count, words, room
        self._columns = [0, *accumulate(piece.width + piece.has_space for piece in pieces)]
        self._said = [0, *accumulate(piece.is_counted for piece in pieces)]

    def farthest(self, first: int) -> int:
        """The end of the longest cue that begins with piece `first`; it has one piece at least."""
        end = self._line_end(first, self._width - self._room)
        for _ in range(self._count - 1):
            if end == len(self.pieces):
                break
            end = self._line_end(end, self._width)
        return end

    def cost_of_end(self, end: int) -> float:
        """What it costs to stop before piece `end`: nothing after a sentence."""
        before = self.pieces[end - 1]
        after = self.pieces[end] if end < len(self.pieces) else None
        pause = after.start - before.end if after else _PAUSE_SECONDS
        text = before.text.rstrip(_CLOSING)
        if text[-1:] in _SENTENCE_ENDS and text[:-1].lower() not in _ABBREVIATIONS:
            return _SENTENCE_COST
        if text[-1:] in _CLAUSE_ENDS:
            return _PAUSE_COST if pause >= _PAUSE_SECONDS else _CLAUSE_COST
        if pause >= _PAUSE_SECONDS:
            return _PAUSE_COST + 1
        # "the", "de", "of": what follows belongs to it
        return _WORD_COST + (after is not None and after.has_space and len(text) <= _SHORT_LETTERS)

    def emptiness(self, first: int, end: int) -> float:
        """0 for a full cue, towards 1 for one that has little on it."""
        return (1 - min(self._line_width(first, end) / (self._width * self._count), 1.0)) ** 2

    def of_cue(self, first: int, end: int) -> tuple[str, ...]:
        """The pieces from `first` to `end` on as few lines as they fit on."""
        count, reached = 1, self._line_end(first, self._width - self._room)
        while reached < end:
            count, reached = count + 1, self._line_end(reached, self._width)

        @cache
        def best(begin: int, left: int) -> tuple[float, tuple[int, ...]]:
            """The least cost of the pieces from `begin` on `left` lines, and where they end."""
            width = self._width - (self._room if begin == first else 0)
            if left == 1:
                fits = self._line_end(begin, width) >= end
                return (self._unevenness(begin, end) if fits else float("inf")), (end,)
            found: tuple[float, tuple[int, ...]] = (float("inf"), (end,))
            for stop in range(begin + 1, min(self._line_end(begin, width), end - 1) + 1):
                rest, ends = best(stop, left - 1)
                cost = self._unevenness(begin, stop) + _LINE_SHARE * self.cost_of_end(stop) + rest
                found = min(found, (cost, (stop, *ends)))
            return found

        stops = [first, *best(first, count)[1]]
        return tuple(self._text(begin, stop) for begin, stop in pairwise(stops))

    def _line_end(self, first: int, width: int) -> int:
        """The end of the longest line that begins with piece `first`."""
        end = first + 1
        while end < len(self.pieces) and self._fits(first, end + 1, width):
            end += 1
        return min(end, len(self.pieces))

    def _fits(self, first: int, end: int, width: int) -> bool:
        words = self._said[end] - self._said[first]
        return self._line_width(first, end) <= width and (not self._words or words <= self._words)

    def _line_width(self, first: int, end: int) -> int:
        return self._columns[end] - self._columns[first] - self.pieces[first].has_space

    def _unevenness(self, first: int, end: int) -> float:
        return (1 - self._line_width(first, end) / self._width) ** 2

    def _text(self, first: int, end: int) -> str:
        pieces = self.pieces[first:end]
        return "".join(" " * piece.has_space + piece.text for piece in pieces).strip()
