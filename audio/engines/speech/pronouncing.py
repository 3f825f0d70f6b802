# ruff: noqa: RUF001, RUF002 - apostrophes and phonetic letters, meant as they are
"""Words that somebody wants said otherwise than they are written, in a text as it was sent.

It comes before everything else that is done to a text, and leaves alone what is no words in it:
tags, addresses, directions, and what says already how it sounds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from audio.engines.speech.directing import DIRECTED
from audio.engines.speech.phonetic import BARE, SPELT, is_phonetic, spelt

_UNTOUCHED = re.compile(
    r"<[^<>\n]{1,500}>"  # tags, and addresses between angle brackets
    rf"|{SPELT}|{BARE}"  # what says how it sounds
    r"|(?<=\])\([^()\s]{1,2000}\)"  # where a link leads
    r"|\b[a-z][a-z0-9+.-]{1,20}://\S+|\bmailto:\S+|\bwww\.\S+"
    rf"|{DIRECTED}"
    r"|&[A-Za-z]{2,20};",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")
_JOINED_SCRIPTS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
"""Thai, Lao, Burmese, Khmer, kana and ideographs: no space says where a word ends."""


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """word: as it is written; said: other words, or phonemes between slashes (`/ˈɛndʒɪn ˈɛks/`);
    match_case: whether `US` is not `us`."""

    word: str
    said: str
    match_case: bool = False


def phonemes_of(said: str) -> str | None:
    """What stands between the slashes; None where it is words, or no phonemes that are known."""
    inner = said.strip()
    if len(inner) > 2 and inner.startswith("/") and inner.endswith("/"):
        return inner[1:-1] if is_phonetic(inner[1:-1]) else None
    return None


def pronounced(text: str, pronunciations: Iterable[LexiconEntry]) -> str:
    """`text` with each word in it that has a pronunciation, as that says. The longest word wins,
    and one that minds its case before one that does not.

    >>> pronounced("SQL on nginx.", [LexiconEntry("sql", "sequel")])
    'sequel on nginx.'
    """
    words = _Words(pronunciations)
    if not words.longest_first:
        return text
    text = unicodedata.normalize("NFC", text)
    forms = _Text(text, _exact(text), folded(text))
    found, at = [], 0
    for untouched in _UNTOUCHED.finditer(text):
        found += [words.put_into(forms, at, untouched.start()), untouched[0]]
        at = untouched.end()
    return "".join([*found, words.put_into(forms, at, len(text))])


class _Text(NamedTuple):
    """A text as it is written, and as it is compared: of the same length."""

    written: str
    exact: str
    folded: str


class _Words:
    """The words to look for, by what begins where a word may begin."""

    def __init__(self, pronunciations: Iterable[LexiconEntry]) -> None:
        self.by_word: dict[tuple[bool, str], str] = {}
        for each in pronunciations:
            word = unicodedata.normalize("NFC", each.word)
            key = _exact(word) if each.match_case else folded(word)
            self.by_word.setdefault((each.match_case, key), each.said)
        lengths = {len(word) for _, word in self.by_word}
        self.longest_first = sorted(lengths, reverse=True)
        self.beginnings = {folded(word[0]) for _, word in self.by_word}

    def put_into(self, text: _Text, start: int, end: int) -> str:
        """A stretch of a text, with what its words are to sound like. What is around it says where
        its first and last word end."""
        found, at, copied = [], start, start
        while at < end:
            length, said = self._found(text, at, end)
            if length:
                phonemes = phonemes_of(said)
                written = text.written[at : at + length]
                found += [text.written[copied:at], spelt(written, phonemes) if phonemes else said]
                copied = at + length
            at += length or 1
        return "".join([*found, text.written[copied:end]])

    def _found(self, text: _Text, at: int, end: int) -> tuple[int, str]:
        """How long the longest known word is that begins there, and its sound; 0 for none."""
        if text.folded[at] not in self.beginnings:
            return 0, ""
        for length in self.longest_first:
            stop = at + length
            said = self.by_word.get((True, text.exact[at:stop])) or (
                self.by_word.get((False, text.folded[at:stop]))
            )
            if said and stop <= end and _is_whole(text.written, at, stop):
                return length, said
        return 0, ""


def _is_whole(text: str, start: int, stop: int) -> bool:
    """Whether no letter, digit or mark goes on at either side of a word."""
    word = text[start:stop]
    if stop < len(text) and unicodedata.category(text[stop])[0] == "M":
        return False
    if not any(_is_letter(c) for c in word):
        return True
    goes_on_before = start > 0 and _joins(text[start - 1], word[0])
    return not goes_on_before and not (stop < len(text) and _joins(text[stop], word[-1]))


def _joins(outside: str, inside: str) -> bool:
    in_joined_script = _JOINED_SCRIPTS.match(outside) or _JOINED_SCRIPTS.match(inside)
    return _is_letter(outside) and not in_joined_script


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LNM"


def _exact(text: str) -> str:
    return text.translate(_APOSTROPHES)


def folded(text: str) -> str:
    """In lower case, character by character, so that each stays where it was."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in _exact(text))
