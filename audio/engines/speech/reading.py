"""A text read aloud from its first word to its last, with the breaks that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from audio.engines.base import AudioChunk, UnspeakableText
from audio.engines.speech.directing import IPA, Pause
from audio.engines.speech.english import written_out
from audio.engines.speech.scripts import LATIN_LANGUAGES, in_latin
from audio.engines.speech.sound import Sound
from audio.engines.speech.text import script, speakable

Say = Callable[[str], Iterator[Sound]]
"""Speaks one stretch of cleaned text, piece by piece."""


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


def in_words(text: str, language: str) -> str:
    """A cleaned text as a voice of this language (BCP 47) can read it. What is written in phonetic
    letters stays."""
    parts = IPA.split(text)
    parts[::2] = [_in_words(part, language) for part in parts[::2]]
    return " ".join("".join(parts).split())


def _in_words(text: str, language: str) -> str:
    code, _, region = language.lower().partition("-")
    if code in LATIN_LANGUAGES:
        text = in_latin(text)
    if code == "en":
        text = written_out(text, day_first=region not in {"", "us"})
    return text


def _taken(waiting: list[AudioChunk]) -> Iterator[AudioChunk]:
    while waiting:
        yield waiting.pop(0)
