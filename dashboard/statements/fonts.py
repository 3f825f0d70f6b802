"""The letters of a statement: those that its font has, and what stands in for others."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Vera", "VeraBd"
"""They come with reportlab and cover the Latin of western Europe, and some more."""

INSTEAD = "?"


@cache
def register() -> None:
    """Make the fonts known to reportlab."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


@cache
def _glyphs() -> Any:
    register()
    font: Any = pdfmetrics.getFont(REGULAR)
    return font.face.charToGlyph


def printable(text: str) -> str:
    """The text in letters that the font has: a letter without its accent, or else a `?`."""
    return "".join(map(_in_font, unicodedata.normalize("NFC", text)))


def _in_font(letter: str) -> str:
    if _has(letter):
        return letter
    category = unicodedata.category(letter)
    if category in {"Mn", "Cf", "Cc"}:  # accents on their own, marks of direction
        return " " if letter in "\t\n\r" else ""
    plain = unicodedata.normalize("NFKD", letter)
    kept = "".join(part for part in plain if _has(part))
    return kept or (" " if category.startswith("Z") else INSTEAD)


def _has(letter: str) -> bool:
    return letter >= " " and ord(letter) != 0xFFFF and ord(letter) in _glyphs()
