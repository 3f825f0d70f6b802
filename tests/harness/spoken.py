# ruff: noqa: RUF001 - letters of phonetics, meant as they are
"""Whether a text is read as a careful reader reads it, by what espeak-ng makes of both.

Words are compared by their sounds: what is left in digits and signs is read by espeak-ng, and
"$5" is right where it sounds as "five dollars" does. Stress and the joints of words do not count.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from kokoro_onnx.tokenizer import Tokenizer

from audio.engines.speech.phonemes import phonemes
from audio.engines.speech.reading import in_words
from audio.engines.speech.text import clean

CASES_PATH = Path(__file__).parents[1] / "audio" / "engines" / "spoken.tsv"
"""language, text, what is said (alternatives divided by " || "), kind."""
_ESPEAK = {"en-US": "en-us", "fr": "fr-fr", "pt-BR": "pt-br"}
"""BCP 47 -> the phonemiser's name, where that is another one."""
_SENTENCE_END = "."


@dataclass(frozen=True, slots=True)
class SpokenCase:
    """A sentence as it is written, and the ways to say it."""

    language: str
    text: str
    said: tuple[str, ...]
    kind: str

    @property
    def is_layout(self) -> bool:
        """Whether it is asked where the sentences end."""
        return self.kind == "layout"


def spoken_cases() -> Iterator[SpokenCase]:
    with CASES_PATH.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        for language, text, said, kind in rows:
            yield SpokenCase(language, text.replace("\\n", "\n"), tuple(said.split(" || ")), kind)


def is_judged(language: str) -> bool:
    """Whether it can be heard here: Japanese takes a reader of its characters."""
    return language != "ja" or find_spec("fugashi") is not None


def read(case: SpokenCase) -> str:
    """The words that a voice is given."""
    return in_words(clean(case.text), case.language)


def is_right(case: SpokenCase) -> bool:
    """Whether the case sounds like one of its alternatives."""
    sound = _sounds(read(case), case)
    return any(sound == _sounds(said, case) for said in case.said)


def _sounds(words: str, case: SpokenCase) -> str:
    if case.language == "ja":
        words = _in_kana(words)
    if case.language in {"ja", "zh"}:
        return "".join(c for c in unicodedata.normalize("NFKC", words) if c.isalnum())
    sound = _phonemes(words, _ESPEAK.get(case.language, case.language))
    ends = r"[.!?]+" if case.is_layout else r"(?!)"
    sentences = re.split(ends, sound)
    # a t between vowels is tapped in "state-of" and not in "state of"
    letters = str.maketrans({"ɾ": "t", "ˈ": "", "ˌ": ""})
    bare = ["".join(c for c in each.translate(letters) if c.isalpha()) for each in sentences]
    return _SENTENCE_END.join(each for each in bare if each)


def _in_kana(words: str) -> str:
    """Japanese as it is read; fugashi comes with the voices of that language."""
    from fugashi import Tagger

    tagger = lru_cache(Tagger)()
    read_as = "".join(word.feature.kana or word.surface for word in tagger(words))
    # the syllables of words of other languages have codes beside those of its own
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in read_as)


@lru_cache(maxsize=4096)
def _phonemes(words: str, language: str) -> str:
    _find_espeak()
    return phonemes(words, language)


@lru_cache
def _find_espeak() -> None:
    """Loading Kokoro tells the phonemiser where espeak-ng is; its tokenizer does that alone."""
    Tokenizer()
