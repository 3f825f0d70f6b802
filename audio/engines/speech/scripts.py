"""Words of other scripts, made readable for a voice that knows the Latin one.

espeak-ng reads some scripts in any voice (it changes the language for a word of Hangul or
Devanagari) and spells the others: a Chinese sentence is "Chinese letter, Chinese letter, …" to
an English voice, and a Russian one the names of its letters. Transliterated they are words.
"""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
import re
import unicodedata
from functools import lru_cache
from itertools import groupby

from anyascii import anyascii

_LATIN_LANGUAGES = """
    af bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it lb lt lv ms mt nb nl nn no pl pt
    ro sk sl sq sv sw tr vi
"""
LATIN_LANGUAGES = frozenset(_LATIN_LANGUAGES.split())
"""ISO 639-1. A voice of another language may know the script: nothing is changed for it."""

_READ = frozenset(
    {
        *("LATIN", "HANGUL", "DEVANAGARI", "BENGALI", "TAMIL", "KANNADA", "MALAYALAM"),
        *("GUJARATI", "GURMUKHI", "GEORGIAN", "ARMENIAN", "SINHALA"),
    }
)
"""Scripts that espeak-ng reads as words in an English voice."""
_NAMED = re.compile("[\u0370-\u03ff\u0400-\u045f\u05d0-\u05ea]")
"""Letters whose names it says where they stand alone: π is "pi"."""
_OF_ANY = frozenset({"COMBINING", "SUPERSCRIPT", "SUBSCRIPT", "FEMININE", "MASCULINE"})
"""What stands with every script, as the "COMBINING ACUTE ACCENT" does."""
_FRACTIONS = frozenset("½¼¾")
"""Those that espeak-ng says; the others become 7/8 and the like."""
_MARK = "MARK"
_LATIN_MARKS = frozenset("…–—“”„«»‹›¿¡§¶")
"""Of the marks beyond ASCII those that a Latin voice knows; others it says by their names."""
_PLAIN_MARKS = frozenset(".,;:!?'\"()-")
_WITHOUT_SPACES = frozenset({"CJK", "IDEOGRAPHIC"})


def in_latin(text: str) -> str:
    """`text` with every word in Latin letters that a Latin voice would spell, or not say at all.

    >>> in_latin("Say 你好 to Иван: π is ٣.")
    'Say  Ni  Hao  to Ivan: π is 3.'
    """
    if text.isascii():
        return text
    return "".join(_in_latin(script, "".join(run)) for script, run in groupby(text, _script))


def _in_latin(script: str, run: str) -> str:
    if not script or script in _READ:
        return run
    if script == _MARK:
        return "".join(f"{_plain_mark(mark)} " for mark in run)
    if _NAMED.fullmatch(run):
        return run
    if script in _WITHOUT_SPACES:
        return "".join(f" {anyascii(character)} " for character in run)
    return anyascii(run)


def _plain_mark(mark: str) -> str:
    """The mark of ASCII that stands for another; "" for one that has none, as an ornament has."""
    plain = anyascii(mark)
    return plain if set(plain) <= _PLAIN_MARKS else ""


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The script of a letter, accent or digit, by the first word of its name.

    `_MARK` for a punctuation mark that is no Latin one, and "" for what stays as it is.
    """
    kind = unicodedata.category(character)[0]
    if kind == "P" and not character.isascii() and character not in _LATIN_MARKS:
        return _MARK
    if character.isascii() or kind not in "LMN" or character in _FRACTIONS:
        return ""
    if unicodedata.decomposition(character).startswith("<compat>"):
        return "LIGATURE"
    word = unicodedata.name(character, "UNNAMED").split(maxsplit=1)[0].partition("-")[0]
    return "" if word in _OF_ANY else word
