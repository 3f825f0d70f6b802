"""Sound without speech, as samples: silence, noises, a hum, clicks and a piece of music.

Everything is float32 at 16 kHz, shape (n,), and the same on every machine.
"""

from __future__ import annotations

import wave
from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]

_BEATS_PER_SECOND = 2.0
_CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
"""MIDI notes of A minor, F, C and G: four beats of each, over and over."""


def silence(seconds: float) -> Samples:
    return np.zeros(_length(seconds), np.float32)


def white_noise(seconds: float, *, loudness: float = 0.1) -> Samples:
    return _noise(seconds) * np.float32(loudness)


def pink_noise(seconds: float, *, loudness: float = 0.1) -> Samples:
    """As much power in every octave: rain, a street, an air conditioner."""
    spectrum = np.fft.rfft(_noise(seconds))
    spectrum /= np.sqrt(np.arange(len(spectrum)) + 1)
    return _at(loudness, np.fft.irfft(spectrum, _length(seconds)))


def hum(seconds: float) -> Samples:
    """The mains: 50 Hz and what sounds along with it."""
    clock = _clock(seconds)
    overtones = (np.sin(2 * np.pi * 50 * n * clock) / n for n in (1, 2, 3, 5, 7))
    return _at(0.1, sum(overtones, np.zeros_like(clock)))


def clicks(seconds: float) -> Samples:
    """Somebody types: three short strokes a second, none like the other."""
    dice = np.random.default_rng(3)
    sound = np.zeros(_length(seconds), np.float32)
    stroke = np.exp(-np.arange(400) / 60) * _noise(400 / RATE)
    for start in dice.integers(0, max(1, len(sound) - 400), int(3 * seconds)):
        sound[start : start + 400] += dice.uniform(0.1, 0.7) * stroke[: len(sound) - start]
    return sound


def music(seconds: float) -> Samples:
    """Chords on something like an organ, a bass drum on each beat and a high hat between."""
    clock = _clock(seconds)
    beat = (clock * _BEATS_PER_SECOND).astype(int)
    phase = clock * _BEATS_PER_SECOND % 1
    sound = np.zeros_like(clock)
    for number, chord in enumerate(_CHORDS):
        plays = (beat // 4) % len(_CHORDS) == number
        for note in (chord[0] - 12, *chord):
            pitch = 440 * 2 ** ((note - 69) / 12)
            for overtone in (1, 2, 3, 4):
                sound += plays * np.sin(2 * np.pi * pitch * overtone * clock) / overtone**1.5
    sound *= 0.6 + 0.4 * np.exp(-3 * phase)
    sound += 4 * np.sin(2 * np.pi * 55 * phase) * np.exp(-12 * phase)
    off_beat = (phase - 0.5) % 1
    sound += _noise(seconds) * np.exp(-40 * off_beat)
    return _at(0.15, sound)


SOUNDS: dict[str, Callable[[float], Samples]] = {
    "silence": silence,
    "a quiet room": lambda seconds: white_noise(seconds, loudness=0.0005),
    "white noise": white_noise,
    "loud white noise": lambda seconds: white_noise(seconds, loudness=0.5),
    "pink noise": pink_noise,
    "loud pink noise": lambda seconds: pink_noise(seconds, loudness=0.4),
    "a hum": hum,
    "clicks": clicks,
    "music": music,
}


def wav(samples: Samples) -> bytes:
    """A 16-bit wav file of it."""
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", ""))
        writer.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def _length(seconds: float) -> int:
    return round(seconds * RATE)


def _clock(seconds: float) -> NDArray[np.float64]:
    return np.arange(_length(seconds)) / RATE


def _noise(seconds: float) -> Samples:
    return np.random.default_rng(1).standard_normal(_length(seconds)).astype(np.float32)


def _at(loudness: float, sound: NDArray[np.float64]) -> Samples:
    """loudness: the root mean square, 1.0 being full scale."""
    level = np.sqrt(np.mean(sound**2)) or 1.0
    return (sound * loudness / level).astype(np.float32)
