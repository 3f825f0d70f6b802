# ruff: noqa: RUF001 - letters of phonetics, meant as they are
"""How long a text will sound, told before it is spoken.

A text is put into phonemes, as an engine does it, and each of these and each mark between them
counts as so many beats; a vowel is one. How long a beat of a voice lasts is its pace.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audio.engines.speech.directing import Pause
from audio.engines.speech.phonemes import espeak_name, phonemes
from audio.engines.speech.phonetic import IPA, VOWELS, sounds
from audio.engines.speech.reading import in_words
from audio.engines.speech.text import pieces, script

USUAL_PACE_MS = 70.0
"""Milliseconds of a beat, of a voice that has not been measured."""

# What fits best what 41 voices of Kokoro and one of Piper take for texts of all kinds: the share by
# which a speech differs from it has a standard deviation of 7 %.
_VOWEL, _CONSONANT, _OTHER = 1.0, 0.9, 0.4
_MARKS = {
    **dict.fromkeys("ˈˌ", 1.0),
    "ː": 0.5,
    " ": 0.2,
    **dict.fromkeys(",;:—–", 2.5),
    **dict.fromkeys(".!?…", 1.0),
}
_PIECE = 5.7
"""What a piece that is spoken in one breath takes beside its sounds."""

_MARGIN, _SPARE = 1.2, 4.0
"""Of the longest: times what is usual, and beats for the shortest texts."""

_HURRIED = 1.03
"""A model that is asked to hurry is a little late."""
_SENTENCE = 2.0
"""What a sentence within a piece takes, and "Mr.", which Piper takes for one."""
_INNER_END = re.compile(r"[.!?…]+ ")

# Where a text is put into phonemes by a large dictionary, its characters are counted instead.
_COUNTED = {"ja": 2.5, "zh": 3.4, "yue": 3.4}
"""ISO 639 -> beats of a character."""


@dataclass(frozen=True, slots=True)
class Length:
    """beats: what is spoken; breaks_ms: the silence that the text asks for, in milliseconds."""

    beats: float
    breaks_ms: int

    def usual_ms(self, pace_ms: float, speed: float) -> int:
        """About how long it sounds, in milliseconds."""
        return round(self.beats * pace_ms / speed) + self.breaks_ms

    def longest_ms(self, pace_ms: float, speed: float) -> int:
        """What it exceeds once in a thousand times or less."""
        margin = _MARGIN * _HURRIED if speed > 1 else _MARGIN
        return round((self.beats * margin + _SPARE) * pace_ms / speed) + self.breaks_ms


def length(text: str, language: str) -> Length:
    """Of a text as a client sent it, in the language (BCP 47) of the voice that is to speak it."""
    beats, breaks_ms = 0.0, 0
    for part in script(text):
        if isinstance(part, Pause):
            breaks_ms += part.ms
        else:
            beats += sum(_beats(piece, language) for piece in pieces(in_words(part, language)))
    return Length(beats, breaks_ms)


def pace_ms(texts: Sequence[str], seconds: Sequence[float], language: str) -> float:
    """The pace of a voice that took so many seconds for each of these texts."""
    beats = sum(length(text, language).beats for text in texts)
    return 1000 * sum(seconds) / beats


def _beats(piece: str, language: str) -> float:
    code = language.lower().partition("-")[0]
    if code in _COUNTED:
        parts = IPA.split(piece)
        counted = _COUNTED[code] * sum(map(str.isalnum, "".join(parts[::2])))
        return _PIECE + counted + sum(map(_weight, "".join(map(sounds, parts[1::2]))))
    said = phonemes(piece, espeak_name(language))
    return _PIECE + sum(map(_weight, said)) + _SENTENCE * len(_INNER_END.findall(said))


def _weight(sound: str) -> float:
    if sound in VOWELS:
        return _VOWEL
    if sound in _MARKS:
        return _MARKS[sound]
    return _CONSONANT if sound.isalpha() else _OTHER
