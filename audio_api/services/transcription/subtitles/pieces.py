"""A text in pieces that a line may be broken between, each with its time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from audio.engines.base import Word

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer: between their words is no space."""
_NEVER_FIRST = frozenset(
    "、。，．！？；：，,.!?:;…‥・ー～％%)]}）］｝〕〉》」』】”’'\"々ゝヽぁぃぅぇぉっゃゅょァィゥェォッャュョะาำๅๆ"
)
_NEVER_LAST = frozenset("([{（［｛〔〈《「『【“‘¿¡เแโใไ")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of a transcript. Seconds; words: () where their times are not known."""

    text: str
    start: float
    end: float
    language: str
    words: Sequence[Word] = field(default=())
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays on one line. has_space: whether one divides it from the piece before."""

    text: str
    start: float
    end: float
    has_space: bool
    is_counted: bool = True
    """Whether a word begins in it."""

    @property
    def width(self) -> int:
        return columns(self.text)


def columns(text: str) -> int:
    """How wide a text is: a full-width letter takes two columns, a mark above another none."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pieces_of(spoken: Spoken, widest: int | None = None) -> list[Piece]:
    """The pieces of a stretch, none wider than `widest` columns; None: as wide as they are."""
    glued: list[Piece] = []
    for piece in _timed(spoken) or _spread(spoken):
        if glued and not _may_break(glued[-1].text, piece):
            before = glued.pop()
            space = " " if piece.has_space else ""
            piece = replace(before, text=before.text + space + piece.text, end=piece.end)  # noqa: PLW2901
        glued.append(piece)
    return [part for piece in glued for part in _cut(piece, widest)] if widest else glued


def _may_break(before: str, piece: Piece) -> bool:
    if piece.has_space:
        # French has a space before its marks
        return not _NEVER_FIRST.issuperset(piece.text)
    if piece.text[0] in _NEVER_FIRST or before[-1] in _NEVER_LAST or _is_mark(piece.text[0]):
        return False
    return _is_unspaced(before[-1]) or _is_unspaced(piece.text[0])


def _is_mark(character: str) -> bool:
    """Whether it is written above, below or around another."""
    return unicodedata.category(character).startswith("M")


def _is_unspaced(character: str) -> bool:
    wide = unicodedata.east_asian_width(character) in "WF"
    # Korean letters are wide, and its words have spaces
    return (wide and not "\uac00" <= character <= "\ud7a3") or bool(_UNSPACED.match(character))


def _timed(spoken: Spoken) -> list[Piece]:
    """By the words' own times; [] where they are not those of the text."""
    pieces: list[Piece] = []
    text, at = spoken.text, 0
    for word in spoken.words:
        said = word.text.strip()
        found = text.find(said, at) if said else -1
        if found < 0:
            continue
        # what stands between two words and is none belongs to the second
        between = text[at:found]
        whole = between.strip() + said
        has_space = between[:1].isspace()
        pieces.append(Piece(whole, word.start, max(word.end, word.start), has_space))
        at = found + len(said)
    rest = text[at:].rstrip()
    if rest and pieces:
        pieces[-1] = replace(pieces[-1], text=pieces[-1].text + rest, end=spoken.end)
    said_by_words = sum(len(word.text.strip()) for word in spoken.words)
    is_whole = said_by_words * 2 > len("".join(text.split()))
    return pieces if is_whole else []


def _spread(spoken: Spoken) -> list[Piece]:
    """With the time of the stretch spread over its letters."""
    units = list(_units(spoken.text))
    whole = sum(columns(unit) for unit in units if not unit.isspace()) or 1
    seconds = max(spoken.end - spoken.start, 0.0)
    pieces: list[Piece] = []
    done, has_space = 0, spoken.text[:1].isspace()
    for unit in units:
        if unit.isspace():
            has_space = True
            continue
        start = spoken.start + seconds * done / whole
        done += columns(unit)
        pieces.append(Piece(unit, start, spoken.start + seconds * done / whole, has_space))
        has_space = False
    return pieces


def _units(text: str) -> Iterator[str]:
    """Words, letters of scripts that do not divide them, and the spaces between."""
    for chunk in re.findall(r"\s+|\S+", text.strip()):
        begun = ""
        for character in chunk:
            divides = _is_unspaced(character) or (begun and _is_unspaced(begun[-1]))
            if begun and divides and not _is_mark(character):
                yield begun
                begun = ""
            begun += character
        yield begun


def _cut(piece: Piece, widest: int) -> Iterator[Piece]:
    """A piece that fits, or as many as it takes: a link is longer than any line."""
    if piece.width <= widest:
        yield piece
        return
    parts = [""]
    for character in piece.text:
        if columns(parts[-1] + character) > widest:
            parts.append("")
        parts[-1] += character
    seconds = (piece.end - piece.start) / len(parts)
    for number, part in enumerate(parts):
        start = piece.start + number * seconds
        first = number == 0
        yield Piece(part.strip(), start, start + seconds, first and piece.has_space, first)
