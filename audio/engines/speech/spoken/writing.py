# ruff: noqa: RUF001 - signs, meant as they are
"""A cleaned text in words, by the language of the voice that will speak it.

First the abbreviations of the whole text, whose points would end sentences; then, sentence by
sentence, what is written in digits and signs. A sentence that a language's rules fail at stays as
it was: a voice reads it somehow.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from importlib import import_module

from audio.engines.speech.spoken.plain import PLAIN
from audio.engines.speech.spoken.wording import Wording
from audio.engines.speech.text import sentences

SENTENCE_MAX = 300
"""Characters. A longer sentence is written out part by part: grammars take time for each choice."""
NUMBERS_MAX = 300
"""In one text. Each takes a grammar about a millisecond; those after it are left to the voice."""
_WORD_MAX = 60
"""Characters. A longer one is no word: grammars find endless ways to read it."""

_WORDINGS = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hi": "hindi",
    "it": "italian",
    "ja": "japanese",
    "pt": "portuguese",
    "zh": "mandarin",
}
"""ISO 639-1 -> the module here whose `wording` is given the region: `us`, `gb`, or ""."""
_NUMBER = re.compile(r"\d+")
_NO_WORD = re.compile(rf"(\S{{{_WORD_MAX + 1},}})")
_END = re.compile(r"[.!?…][\"'”’»)]*$")

log = logging.getLogger(__name__)


def written_out(text: str, language: str) -> str:
    """`text` in the words of a language (BCP 47), as a careful reader says it.

    >>> written_out("It costs $5.", "en-US")
    'It costs five dollars.'
    """
    wording = _wording(language.lower())
    text = wording.abbreviations(text)
    numbers, said = 0, []
    for part in sentences(text, longest=SENTENCE_MAX):
        numbers += len(_NUMBER.findall(part))
        said.append(_sentence(part, wording if numbers <= NUMBERS_MAX else PLAIN))
    return " ".join(said)


@lru_cache(maxsize=64)
def _wording(language: str) -> Wording:
    code, _, region = language.partition("-")
    if code not in _WORDINGS:
        return PLAIN
    wording: Wording = import_module(f"{__package__}.{_WORDINGS[code]}").wording(region)
    return wording


def _sentence(text: str, wording: Wording) -> str:
    parts = _NO_WORD.split(text)
    parts[::2] = [_words(part, wording) for part in parts[::2]]
    said = " ".join(part for part in parts if part)
    end = _END.search(text)
    # the point of "at 5 p.m." ends the sentence as well
    return said + end[0] if end and said and not _END.search(said) else said


def _words(text: str, wording: Wording) -> str:
    try:
        return wording.sentence(text).strip() if text.strip() else ""
    except Exception as error:  # noqa: BLE001 - whatever a library raises, the text is spoken
        # the message may hold the text, which no log may
        log.warning("A sentence could not be written out: %s.", type(error).__name__)
        return text.strip()
