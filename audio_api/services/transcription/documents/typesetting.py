"""Text of any script on lines: where a line ends, and which way its letters run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bidi import get_display
from bidi.mirror import MIRRORED
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapedStr, shapeStr

from audio_api.services.transcription.documents.letters import JOINERS, MAIN, Letters

_FIRST_RTL, _LAST_RTL = "\u0590", "\u08ff"
"""Hebrew, Arabic, Syriac, Thaana, N'Ko and their marks."""
_LAST_SHAPED = "\u1cff"
"""From Hebrew up to here letters change with their neighbours."""
_FIRST_IDEOGRAPH = "\u2e80"
_NO_JOINERS = dict.fromkeys(map(ord, JOINERS))
_MARK = "\u2063"
_MIRRORED = re.compile(f"[{re.escape(''.join(MIRRORED))}]")
_MARKED = re.compile(f"{_MARK}{_MIRRORED.pattern}|{_MIRRORED.pattern}{_MARK}")


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one font; size: points.

    text: as it stands from left to right; said: as it is read, where its glyphs are no letters.
    """

    font: str
    size: float
    text: str
    said: str = ""

    def width(self) -> float:
        if isinstance(self.text, ShapedStr):
            shapes: Any = self.text
            return float(sum(one.x_advance for one in shapes.__shapeData__) * self.size / 1000)
        return pdfmetrics.stringWidth(self.text, self.font, self.size)


def lines(text: str, letters: Letters, width: float) -> Iterator[str]:
    """The text in pieces of at most `width`, counted in sizes of the font.

    A line ends at a space or beside an ideograph, or within a word that is too long for a line.
    """
    start, room, breakable = 0, width, 0
    for at, letter in enumerate(text):
        if letter == " " or letter >= _FIRST_IDEOGRAPH:
            breakable = at
        room -= letters.width(letter)
        if room >= 0 or at == start or letter == " " or unicodedata.combining(letter):
            continue
        end = breakable if breakable > start else at
        yield text[start:end].strip()
        start = end
        room = width - sum(map(letters.width, text[start : at + 1].lstrip()))
    if rest := text[start:].strip():
        yield rest


def runs(line: str, letters: Letters, size: float, *, is_rtl: bool) -> list[Run]:
    """A line in visual order, shaped. Lines are long: most is asked of each letter once."""
    fonts = {letter: letters.font_of(letter) or MAIN for letter in set(line)}
    reversed_letters = {letter for letter in fonts if _runs_left(letter)}
    if not reversed_letters and not is_rtl and len(set(fonts.values())) == 1:
        return [_run(line, fonts[line[0]], size)]
    pieces = []
    visual = _visual(line, is_rtl=is_rtl)
    for (font, is_reversed), group in groupby(
        _marked(visual, letters, reversed_letters), key=lambda it: it[1:]
    ):
        piece = "".join(letter for letter, _, _ in group)
        # the shaper wants the order of reading, and gives that of seeing
        pieces.append(_run(piece[::-1] if is_reversed else piece, font, size))
    return pieces


def _visual(line: str, *, is_rtl: bool) -> str:
    """Unicode's bidirectional algorithm, with its mirrored brackets.

    `get_display` leaves brackets as they are. A mark that is invisible follows each of them into
    the order of seeing: where it comes first there, the bracket runs from right to left.
    """
    ordered = get_display(_MIRRORED.sub(rf"\g<0>{_MARK}", line), base_dir="R" if is_rtl else "L")
    return _MARKED.sub(_mirrored, str(ordered))


def _mirrored(found: re.Match[str]) -> str:
    text = found.group()
    return MIRRORED[text[1]] if text[0] == _MARK else text[0]


def _marked(
    line: str, letters: Letters, reversed_letters: Collection[str]
) -> Iterator[tuple[str, str, bool]]:
    """Each letter with its font and whether it runs from right to left."""
    font, is_reversed = MAIN, False
    for letter in line:
        # a joiner belongs to the letters around it
        if letter not in JOINERS:
            font, is_reversed = letters.font_of(letter) or MAIN, letter in reversed_letters
        yield letter, font, is_reversed


def _runs_left(letter: str) -> bool:
    kind = unicodedata.bidirectional(letter)
    return kind in {"R", "AL"} or (kind == "NSM" and _FIRST_RTL <= letter <= _LAST_RTL)


def _run(text: str, font: str, size: float) -> Run:
    if any(map(_needs_shaping, set(text))):
        shaped = shapeStr(text, font, size)
        # a font of the PDF standard has no shapes to choose from, and gets the text back
        if isinstance(shaped, ShapedStr):
            # letters from right to left are joined forms, which a reader understands by itself
            return Run(font, size, shaped, said="" if _runs_left(text[0]) else text)
    return Run(font, size, text.translate(_NO_JOINERS))


def _needs_shaping(letter: str) -> bool:
    return _FIRST_RTL <= letter <= _LAST_SHAPED or unicodedata.combining(letter) > 0
