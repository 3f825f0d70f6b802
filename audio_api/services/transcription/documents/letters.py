"""Which font of a PDF shows a letter, and what stands in for one that no font has.

FiraGO is embedded: Latin, Greek, Cyrillic, Georgian, Arabic, Hebrew, Devanagari and Thai. Chinese,
Japanese and Korean are set in Adobe's fonts of the PDF standard, which every common reader has or
replaces. An operator adds TrueType files for others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

MAIN = "FiraGO"
INSTEAD = "[?]"
"""For one or more letters that no font has: the main font has no box."""

JOINERS = "\u200c\u200d"
_FIRST_CJK, _LAST_CJK = "\u2e80", "\uffff"
_CJK = (
    ("ja", "HeiseiKakuGo-W5", "cp932"),
    ("zh", "STSong-Light", "gbk"),
    ("ko", "HYGothic-Medium", "cp949"),
)
"""A language, its font, and the encoding that tells which letters the font has."""


@cache
def _glyphs(font: str) -> dict[int, int]:
    """What a registered TrueType font has: glyphs by code point."""
    face: Any = pdfmetrics.getFont(font)
    return dict(face.face.charToGlyph)


@cache
def _registered(path: Path | None) -> str:
    """The name under which reportlab knows a font: the main one, or a file."""
    if path is None:
        # a megabyte that only a PDF needs
        from pymupdf_fonts import FiraGO_Regular

        name, content = MAIN, FiraGO_Regular.fontbuffer
    else:
        name, content = f"file:{path}", path.read_bytes()
    pdfmetrics.registerFont(TTFont(name, BytesIO(content)))
    _glyphs(name)
    return name


@cache
def _register_cjk() -> None:
    for _, font, _ in _CJK:
        pdfmetrics.registerFont(UnicodeCIDFont(font))


class Letters:
    """The fonts of one document. Not for several threads at once.

    missing: how many letters were replaced so far, because no font has them.
    """

    def __init__(self, *, language: str, fonts: Sequence[Path] = ()) -> None:
        _register_cjk()
        self._fonts = [_registered(path) for path in (None, *fonts)]
        # one Han character is drawn in three ways: as the transcript's language does
        self._cjk = sorted(_CJK, key=lambda row: row[0] != language)
        self._known: dict[str, str | None] = {}
        self._widths: dict[str, float] = {}
        self.missing = 0

    def printable(self, text: str) -> str:
        """The text in letters that a font has, on one line."""
        text = unicodedata.normalize("NFC", " ".join(text.split()))
        instead = {letter: self._shown(letter) for letter in set(text)}
        if None not in instead.values():
            return "".join(instead[letter] or "" for letter in text)
        shown: list[str] = []
        is_gap = False
        for letter in text:
            seen = instead[letter]
            if seen is None and not is_gap:
                shown.append(INSTEAD)
            shown.append(seen or "")
            self.missing += seen is None
            is_gap = seen is None or (is_gap and not seen)
        return "".join(shown)

    def font_of(self, letter: str) -> str | None:
        """The first font that has the letter."""
        if letter not in self._known:
            self._known[letter] = self._find(letter)
        return self._known[letter]

    def width(self, letter: str) -> float:
        """In sizes of the font. A letter that is joined to others may take less."""
        if letter not in self._widths:
            font = self.font_of(letter) or MAIN
            is_inked = letter not in JOINERS and not unicodedata.combining(letter)
            self._widths[letter] = pdfmetrics.stringWidth(letter, font, 1) if is_inked else 0.0
        return self._widths[letter]

    def _shown(self, letter: str) -> str | None:
        """The letter or what it stands for, "" where there is nothing to see; None: no font."""
        if letter in JOINERS or self.font_of(letter):
            return letter
        category = unicodedata.category(letter)
        is_selector = "\ufe00" <= letter <= "\ufe0f"
        if category in {"Cf", "Cc"} or is_selector:
            return ""
        plain = unicodedata.normalize("NFKC", letter)
        return plain if all(map(self.font_of, plain)) else None

    def _find(self, letter: str) -> str | None:
        code = ord(letter)
        if letter < " " or code == 0xFFFF:
            return None
        for font in self._fonts:
            if code in _glyphs(font):
                return font
        if not _FIRST_CJK <= letter <= _LAST_CJK:
            return None
        return next((font for _, font, codec in self._cjk if _has(codec, letter)), None)


def _has(codec: str, letter: str) -> bool:
    try:
        return bool(letter.encode(codec))
    except UnicodeEncodeError:
        return False
