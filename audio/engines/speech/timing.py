# ruff: noqa: RUF001 - marks of many scripts, meant as they are
"""When each word of a speech sounds.

No engine here tells the times of its words. Each tells where the pieces begin that it speaks in
one breath, at most a few seconds each, and how long breaks are. Between these, which are exact, the
words of a piece share its time by their letters: a digit counts as several, for it is read as a
word, and a mark as the pause that it makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audio.engines.base import AudioChunk

_DIGIT_LETTERS = 4.0
_IDEOGRAPH_LETTERS = 3.0
_CLAUSE_LETTERS, _SENTENCE_LETTERS = 2.0, 4.0
"""How many letters a pause is as long as."""
_NEAR_SPOKEN, _NEAR_WRITTEN = 80, 12
"""Words: a number of many digits is said in as many, and few words in a row are written short."""
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IS_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_WORD = re.compile(f"[{_IDEOGRAPHS}][^\\w\\s]*|[^\\s{_IDEOGRAPHS}]+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word, or a character, with the marks that stand at it. Seconds from the beginning."""

    text: str
    start: float
    end: float


@dataclass(slots=True)
class _Piece:
    """end: None until what follows is known."""

    text: str
    start: float
    end: float | None = None


class Timing:
    """Collects where pieces begin, chunk by chunk; `words` are for when the last one was heard, or
    `taken` again and again meanwhile, and `rest` at the end."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._seconds = 0.0
        self._told = 0

    @property
    def letters(self) -> int:
        """How many characters the pieces have that began so far."""
        return sum(len(piece.text) for piece in self._pieces)

    def hear(self, chunk: AudioChunk) -> None:
        """Take the next chunk of the speech."""
        for said in chunk.said:
            start = self._seconds + said.at
            self._end_last(start - said.pause)
            self._pieces.append(_Piece(said.text, start))
        if not chunk.said and not chunk.samples.any():  # a break
            self._end_last(self._seconds)
        self._seconds += chunk.seconds

    def words(self, text: str) -> list[Spoken]:
        """Each word in its time. text: what was spoken, of which an engine told nothing."""
        self._end_last(self._seconds)
        return self._words(self._pieces or [_Piece(text, 0.0)])

    def taken(self) -> list[Spoken]:
        """The words of the pieces that have ended since the last call."""
        ended = [piece for piece in self._pieces[self._told :] if piece.end is not None]
        self._told += len(ended)
        return self._words(ended)

    def rest(self, text: str) -> list[Spoken]:
        """The words that `taken` has not told, once everything was heard. text: as of `words`."""
        if not self._pieces:
            return self.words(text)
        self._end_last(self._seconds)
        return self.taken()

    def _words(self, pieces: Sequence[_Piece]) -> list[Spoken]:
        found: list[Spoken] = []
        for piece in pieces:
            end = self._seconds if piece.end is None else min(piece.end, self._seconds)
            words = [word for word in _WORD.findall(piece.text) if any(map(str.isalnum, word))]
            found += shared(words, min(piece.start, end), end)
        return found

    def _end_last(self, seconds: float) -> None:
        if self._pieces and self._pieces[-1].end is None:
            self._pieces[-1].end = seconds


def shared(words: Sequence[str], start: float, end: float) -> list[Spoken]:
    """The words of a stretch of speech, each with its share of the time between two moments."""
    sounds = [_sound(word) for word in words]
    pauses = [_pause(word) for word in words]
    if pauses:
        pauses[-1] = 0.0  # what follows the last one is not of this stretch
    whole = sum(sounds) + sum(pauses)
    at, found = 0.0, []
    for word, sound, pause in zip(words, sounds, pauses, strict=True):
        found.append(Spoken(word, *(_moment(x, whole, start, end) for x in (at, at + sound))))
        at += sound + pause
    return found


def as_written(words: Sequence[Spoken], text: str) -> list[Spoken]:
    """The same times for the words of the text that was spoken: "$5" sounds while "five dollars"
    does. text: cleaned; what it shares with the words is where it is found again."""
    return Written(text).taken(words, last=True)


class Written:
    """The words of a text in the time of those that are said for it, while these come."""

    def __init__(self, text: str) -> None:
        self._written = [word for word in _WORD.findall(text) if any(map(str.isalnum, word))]
        self._spoken: list[Spoken] = []

    def taken(self, words: Sequence[Spoken], *, last: bool = False) -> list[Spoken]:
        """Those that are certain with these words, of which `last` are the last ones: what is said
        after the last word that is said as it is written has to wait for the next one."""
        spoken, written = [*self._spoken, *words], self._written
        found: list[Spoken] = []
        spoken_at = written_at = 0
        while spoken_at < len(spoken) and written_at < len(written):
            spoken_to, written_to = _next_shared(spoken, spoken_at, written, written_at)
            if spoken_to == len(spoken) and not last:
                break
            group = spoken[spoken_at:spoken_to]
            if group and written_to > written_at:
                found += shared(written[written_at:written_to], group[0].start, group[-1].end)
            elif group and found:  # the "dollars" of "$5 million"
                found[-1] = replace(found[-1], end=group[-1].end)
            if spoken_to < len(spoken):
                same = spoken[spoken_to]
                found.append(Spoken(written[written_to], same.start, same.end))
            spoken_at, written_at = spoken_to + 1, written_to + 1
        self._spoken, self._written = spoken[spoken_at:], written[written_at:]
        return found


def _next_shared(
    words: Sequence[Spoken], spoken_at: int, written: Sequence[str], written_at: int
) -> tuple[int, int]:
    """Where the next word stands that is spoken as it is written; the ends where none is near."""
    for distance in range(_NEAR_SPOKEN + _NEAR_WRITTEN):
        for ahead in range(max(distance - _NEAR_SPOKEN, 0), min(distance, _NEAR_WRITTEN) + 1):
            at, to = spoken_at + distance - ahead, written_at + ahead
            if at < len(words) and to < len(written) and _same(words[at].text, written[to]):
                return at, to
    return len(words), len(written)


def characters(words: Sequence[Spoken]) -> Iterator[Spoken]:
    """The same, character by character."""
    for word in words:
        yield from shared(list(word.text), word.start, word.end)


def _same(spoken: str, written: str) -> bool:
    return spoken == written or _bare(spoken) == _bare(written)


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word)).casefold()


def _moment(at: float, whole: float, start: float, end: float) -> float:
    return round(start + (end - start) * at / whole, 3)


def _sound(word: str) -> float:
    letters = 0.0
    for character in word:
        if character.isdigit():
            letters += _DIGIT_LETTERS
        elif _IS_IDEOGRAPH.match(character):
            letters += _IDEOGRAPH_LETTERS
        elif character.isalpha():
            letters += 1.0
    return letters + 0.5  # a word is never nothing


def _pause(word: str) -> float:
    mark = word.rstrip("\"')]”’»")[-1:]
    if not mark:
        return 0.0
    if mark in ".!?…。！？":
        return _SENTENCE_LETTERS
    return _CLAUSE_LETTERS if mark in ",;:—–，；：、" else 0.0
