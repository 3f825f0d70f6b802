# ruff: noqa: RUF001, RUF002 - letters of phonetics, meant as they are
"""Words that a text gives in the letters of the International Phonetic Alphabet.

`/təˈmeɪtoʊ/` is one; `[tomato](/təˈmeɪtoʊ/)` says beside it what is written, as Kokoro's users do.
The second kind is marked before anything else is made of a text: its letters become characters of
no script, so that nothing takes them for words, prices or addresses.
"""

from __future__ import annotations

import re

MAX_SOUNDS = 100
"""Characters between the slashes of `[word](/…/)`."""
MAX_WRITTEN = 100
"""Characters of the words in its brackets."""

_OPEN, _MIDDLE, _CLOSE = "\ue100", "\ue101", "\ue102"
_SHIFT = 0xF0000
"""Added to each character of a span: the 15th plane belongs to no script."""
_SHIFTED = "\U000f0000-\U000ffffd"
_NOT_OURS = re.compile(f"[{_OPEN}{_MIDDLE}{_CLOSE}{_SHIFTED}]")

_PHONETIC = "\u0250-\u02ff"
"""Letters and marks of no other alphabet."""
_ALSO_PHONETIC = f"{_PHONETIC}æðŋθœøçχβ"
"""With those that other alphabets have as well: enough where a word is written beside them."""
_SPAN = f"{_OPEN}[{_SHIFTED}]*{_MIDDLE}[{_SHIFTED}]*{_CLOSE}"
BARE = rf"(?<![\w/])/(?=[^/\s]{{0,60}}[{_PHONETIC}])[^/\s\d]{{1,60}}/(?![\w/])"

MARKED = re.compile(f"({_SPAN})")
"""A span, whose characters are not those of the text."""
IPA = re.compile(f"({_SPAN}|{BARE})")
"""A word in phonetic letters, as `marked` leaves it. Between slashes alone, one of its letters at
least is of no other alphabet, or `/and/` would be one."""

SPELT = (
    rf"\[([^\[\]\n]{{1,{MAX_WRITTEN}}})\]\(\s?/"
    rf"(?=[^/()\[\]\n]{{0,{MAX_SOUNDS}}}[{_ALSO_PHONETIC}])([^/()\[\]\d\n]{{1,{MAX_SOUNDS}}})/\s?\)"
)
"""The pattern of a word with its phonemes."""
_EXPLICIT = re.compile(SPELT)
_WITH_ENDING = re.compile(rf"{SPELT}(['’]s(?!\w))?")
_HISSED, _BREATHED = "szʃʒ", "ptkfθ"
"""Sounds after which the s of "it's" is a syllable, and those after which it is not voiced."""
VOWELS = frozenset("aeiouyɐɑɒæəɚɛɜɝɞɨɪɔœøɵʉʊʌɯɤɶᵻ")
_DIPHTHONGS = "AIOQWY"
"""As Kokoro's users write them."""
_NUCLEUS = "".join(sorted(VOWELS)) + _DIPHTHONGS
_ONSET = re.compile(rf"([ˈˌ])([^ˈˌ\s{_NUCLEUS}]+)(?=[{_NUCLEUS}])")
"""A mark of stress, and the consonants between it and its vowel."""
_TYPED = str.maketrans(
    {"g": "ɡ", "'": "ˈ", "’": "ˈ", ":": "ː", "ɝ": "ɜ", "\u0361": "", "\u035c": ""}
)
"""What keyboards have for letters that models know. Ties (t͡ʃ) are not needed."""


def marked(text: str) -> str:
    """`text` with a span in the place of each `[word](/ˈsaʊndz/)`.

    >>> unmarked(marked("a [potato](/pəˈteɪtəʊ/) and [a link](/about/)"))
    'a potato and [a link](/about/)'
    """
    return _WITH_ENDING.sub(_marked, _NOT_OURS.sub(" ", text))


def unmarked(text: str) -> str:
    """`text` with the words as they are written in the place of spans."""
    return MARKED.sub(lambda found: _shown(found[0][1:].partition(_MIDDLE)[0]), text)


def sounds(span: str, *, english: bool = False) -> str:
    """The phonemes of what `IPA` has found, as espeak-ng writes them and models have learnt them: a
    mark of stress stands before its vowel (dictionaries put it before the syllable, "təˈmeɪtoʊ").

    english: whether r is the r of English, which dictionaries do not tell from others.
    """
    said = _shown(span[:-1].partition(_MIDDLE)[2]) if span.startswith(_OPEN) else span[1:-1]
    said = _ONSET.sub(r"\2\1", " ".join(said.translate(_TYPED).split()))
    return said.replace("r", "ɹ") if english else said


def outside(text: str, cut: int) -> int:
    """`cut`, or the nearest place before it that is in no span; after it where there is none."""
    start = text.rfind(_OPEN, 0, cut)
    if start < 0 or text.find(_CLOSE, start, cut) >= 0:
        return cut
    return start or text.index(_CLOSE) + 1


def spelt(word: str, said: str) -> str:
    """A word and its phonemes as `marked` reads them."""
    return f"[{word}](/{said}/)"


def is_phonetic(said: str) -> bool:
    """Whether `said` may stand between the slashes of `[word](/…/)`."""
    return bool(_EXPLICIT.fullmatch(spelt("word", said)))


def _marked(found: re.Match[str]) -> str:
    """The span of a word, with the ending behind it: by itself that would be read as a letter."""
    written, said, ending = found.groups(default="")
    last = said.rstrip(" ːˑˈˌ.'\u0361")[-1:]
    sound = "ɪz" if last in _HISSED else "s" if last in _BREATHED else "z"
    return _span(written + ending, said + (sound if ending else ""))


def _span(written: str, said: str) -> str:
    return f"{_OPEN}{_hidden(written)}{_MIDDLE}{_hidden(said)}{_CLOSE}"


def _hidden(text: str) -> str:
    return "".join(chr(_SHIFT + ord(c)) for c in text if ord(c) < 0xFFFE)


def _shown(hidden: str) -> str:
    return "".join(chr(ord(c) - _SHIFT) for c in hidden)
