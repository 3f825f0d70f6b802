"""A text read aloud from its first word to its last, with the breaks that it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from audio.engines.base import AudioChunk, UnspeakableText
from audio.engines.speech.directing import Pause
from audio.engines.speech.phonetic import IPA, unmarked
from audio.engines.speech.scripts import LATIN_LANGUAGES, in_latin
from audio.engines.speech.sound import Sound
from audio.engines.speech.spoken.writing import written_out
from audio.engines.speech.text import script, speakable

Say = Callable[[str], Iterator[Sound]]
"""Speaks one stretch of cleaned text, piece by piece."""
_PLACE = "Xalomav"
"""Nothing that any language has a rule for."""
_IN_ITS_PLACE = re.compile(_PLACE, re.IGNORECASE)


def read_aloud(text: str, say: Say, *, language: str, sample_rate: int) -> Iterator[AudioChunk]:
    """Let `say` speak each stretch between two breaks; a break is silence.

    language: the voice's own, BCP 47; sample_rate: Hz. Raises UnspeakableText when nothing in
    the text has a sound; nothing was yielded then, for the breaks before the first sound wait
    for it.
    """
    waiting: list[AudioChunk] = []
    heard = False
    for part in script(text):
        if isinstance(part, Pause):
            silence = np.zeros(part.ms * sample_rate // 1000, np.float32)
            waiting.append(AudioChunk(silence, sample_rate))
        else:
            for sound in say(in_words(part, language)):
                heard = True
                yield from _taken(waiting)
                yield AudioChunk(sound.samples, sample_rate, sound.said)
        if heard:
            yield from _taken(waiting)
    if not heard:
        raise UnspeakableText("Nothing in the text has a sound in the voice's language.")


def require_words(text: str) -> None:
    """Raises UnspeakableText."""
    if not speakable(text):
        raise UnspeakableText("The text has no letter or digit to speak.")


def spoken_text(text: str, language: str) -> str:
    """All the words of a text as it came, as a voice of this language (BCP 47) is given them; those
    with phonemes as they are written."""
    said = (in_words(part, language) for part in script(text) if isinstance(part, str))
    return unmarked(" ".join(said))


def in_words(text: str, language: str) -> str:
    """A cleaned text as a voice of this language (BCP 47) can read it. What is written in phonetic
    letters stays, and counts as a word to what is around it."""
    given = IPA.findall(text)
    parts = _IN_ITS_PLACE.split(_in_words(IPA.sub(_word, text), language))
    if len(parts) != len(given) + 1:  # a rule has made something else of one
        parts = [_in_words(part, language) for part in IPA.split(text)[::2]]
    said = "".join(part + word for part, word in zip(parts, [*given, ""], strict=True))
    return " ".join(said.split())


def _word(phonetic: re.Match[str]) -> str:
    """The word in the place of one with phonemes: a name where that begins with a capital."""
    return _PLACE if unmarked(phonetic[0])[:1].isupper() else _PLACE.lower()


def _in_words(text: str, language: str) -> str:
    said = written_out(text, language)
    if language.lower().partition("-")[0] in LATIN_LANGUAGES:
        said = in_latin(said)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{said}{' ' * after}"


def _taken(waiting: list[AudioChunk]) -> Iterator[AudioChunk]:
    while waiting:
        yield waiting.pop(0)
