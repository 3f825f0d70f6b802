"""Where nobody speaks nothing is transcribed: Whisper would thank for watching."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.engines.base import AudioChunk, Segment, SpeechEngine
from tests.audio.engines.conftest import for_whisper, text_of
from tests.media.sounds import RATE, SOUNDS, music, pink_noise, silence, white_noise

Samples = NDArray[np.float32]
Hear = Callable[..., list[Segment]]


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("language", [None, pytest.param("en", marks=pytest.mark.thorough)])
def test_a_sound_without_speech_has_no_transcript(hear: Hear, sound: str, language: str | None):
    assert hear(SOUNDS[sound](12.0), language=language) == []


def test_noise_that_is_taken_for_speech_gets_no_words_either(hear: Hear):
    assert hear(white_noise(12.0, loudness=0.3), language=None) == []


@pytest.mark.thorough
@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.5, 1.0])
def test_nor_has_the_shortest(hear: Hear, sound: str, seconds: float):
    assert hear(SOUNDS[sound](seconds), words=True) == []


def test_a_long_one_has_none_either(hear: Hear):
    """Beyond what the detector is given at once."""
    assert hear(np.zeros(1_000 * RATE, np.int16)) == []


@pytest.mark.parametrize("rest", [silence, music, lambda s: pink_noise(s, loudness=0.05)])
def test_what_comes_before_and_after_speech_adds_no_words(
    hear: Hear,
    piper: SpeechEngine,
    say: Callable[..., list[AudioChunk]],
    rest: Callable[[float], Samples],
):
    voice = piper.voices()[0].name
    speech = for_whisper(
        say(piper, voice, "The garden is full of yellow flowers. A small boat is sailing.")
    )

    segments = hear(np.concatenate([rest(10.0), speech, rest(20.0)]))

    text = text_of(segments).lower()
    assert text.startswith("the garden")
    assert text.rstrip(".").endswith("sailing")
    assert segments[0].start == pytest.approx(10.0, abs=0.7)
    assert segments[-1].end == pytest.approx(10.0 + len(speech) / RATE, abs=1.0)
