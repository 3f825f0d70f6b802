"""Stretching: another length, the same pitch, and sound before the stream has ended."""

from __future__ import annotations

import numpy as np
import pytest

from audio.engines.base import Said
from audio.engines.speech.sound import Sound
from audio.engines.speech.tempo import stretched

RATE = 24_000
HERTZ = 440.0
TONE = np.sin(2 * np.pi * HERTZ * np.arange(2 * RATE) / RATE).astype(np.float32)


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.8, 1.7, 2.667])
def test_the_length_changes_and_the_pitch_does_not(factor: float) -> None:
    parts = map(Sound, np.array_split(TONE, 7))

    sounds = stretched(parts, factor, sample_rate=RATE)
    heard = np.concatenate([sound.samples for sound in sounds])

    assert heard.dtype == np.float32
    assert len(heard) == pytest.approx(len(TONE) / factor, rel=0.05)
    middle = heard[len(heard) // 4 : len(heard) * 3 // 4]
    peak = np.argmax(np.abs(np.fft.rfft(middle))) * RATE / len(middle)
    assert peak == pytest.approx(HERTZ, rel=0.02)


def test_sound_comes_out_while_the_stream_goes_on() -> None:
    taken = []

    def parts() -> object:
        for part in np.array_split(TONE, 4):
            taken.append(part)
            yield Sound(part)

    next(stretched(parts(), 2.0, sample_rate=RATE))

    assert len(taken) < 4


@pytest.mark.parametrize("factor", [0.25, 0.8, 2.667])
def test_pieces_begin_as_much_earlier_as_the_sound_is_faster(factor: float) -> None:
    halves = np.array_split(TONE, 2)
    parts = [
        Sound(half, (Said(name, at=0.1, pause=0.1),))
        for half, name in zip(halves, "ab", strict=True)
    ]

    begins, seconds = {}, 0.0
    for sound in stretched(iter(parts), factor, sample_rate=RATE):
        begins |= {said.text: (seconds + said.at, said.pause) for said in sound.said}
        seconds += len(sound.samples) / RATE

    assert begins["a"] == pytest.approx((0.1 / factor, 0.1 / factor), abs=0.01)
    assert begins["b"] == pytest.approx((1.1 / factor, 0.1 / factor), abs=0.01)
