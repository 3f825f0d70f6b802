"""What a caller may expect of any engine of noise reduction; every installed one has to pass."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest

from audio.engines.base import Cleaning, NoiseReductionEngine, Samples
from audio.engines.config import EngineConfig
from audio.engines.noise.deepfilter import DeepFilterEngine
from tests.harness.programs import missing

ENGINES = {"deepfilternet3": DeepFilterEngine}
RATE = 48_000
each_mode = pytest.mark.parametrize("mode", list(Cleaning))


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, config: EngineConfig) -> NoiseReductionEngine:
    found: NoiseReductionEngine = ENGINES[request.param](config)
    if not found.available():
        missing(found.name, "pip install -r requirements.txt")
    return found


@cache
def voice(seconds: float, pitch: float = 120.0) -> Samples:
    """What is taken for a voice: harmonics that glide, in syllables. Shape (n, 1)."""
    time = np.arange(round(seconds * RATE)) / RATE
    glide = pitch + pitch / 6 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    tones = sum(np.sin(number * phase) / number for number in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    return np.asarray(0.15 * tones * syllables, np.float32)[:, None]


@cache
def noise(seconds: float, loudness: float, seed: int = 0) -> Samples:
    samples = np.random.default_rng(seed).normal(0, loudness, (round(seconds * RATE), 1))
    return samples.astype(np.float32)


def cleaned(
    engine: NoiseReductionEngine, blocks: Sequence[Samples], mode: Cleaning = Cleaning.STUDIO
) -> Samples:
    made = list(engine.clean(blocks, mode=mode))
    assert [len(block) for block in made] == [len(block) for block in blocks]
    return np.concatenate(made)


def louder_db(one: Samples, other: Samples) -> float:
    return 10 * float(np.log10(np.mean(np.square(one)) / np.mean(np.square(other))))


@each_mode
def test_noise_goes_and_a_voice_stays(engine: NoiseReductionEngine, mode: Cleaning) -> None:
    alone = cleaned(engine, [noise(2.0, 0.02)], mode)
    assert louder_db(noise(2.0, 0.02)[RATE:], alone[RATE:]) > 10
    spoken = cleaned(engine, [voice(2.0) + noise(2.0, 0.002)], mode)
    assert abs(louder_db(spoken, voice(2.0))) < 1.5


def test_balanced_leaves_more_of_the_noise_than_studio(engine: NoiseReductionEngine) -> None:
    left = {mode: cleaned(engine, [noise(2.0, 0.02)], mode)[RATE:] for mode in Cleaning}
    assert louder_db(left[Cleaning.BALANCED], left[Cleaning.STUDIO]) > 3
    assert louder_db(left[Cleaning.STUDIO], left[Cleaning.ULTRA]) > -0.5


def test_each_sound_is_where_it_was(engine: NoiseReductionEngine) -> None:
    """To the sample: a film would lose its lips, and a mix its other tracks."""
    given = voice(1.5) + noise(1.5, 0.001)
    made = cleaned(engine, [given])
    lags = np.correlate(np.pad(made[:, 0], 2_000), given[:, 0], "valid")
    assert int(lags.argmax()) - 2_000 == 0


@pytest.mark.parametrize(
    "lengths", [[1, 479, 0, 481, 7, 47_032], pytest.param([100] * 480, marks=pytest.mark.thorough)]
)
def test_it_does_not_matter_how_it_is_cut(engine: NoiseReductionEngine, lengths: list[int]) -> None:
    given = voice(1.0) + noise(1.0, 0.01)
    whole = cleaned(engine, [given])
    ends = np.cumsum(lengths)[:-1]
    np.testing.assert_array_equal(cleaned(engine, np.split(given, ends)), whole)


def test_the_first_block_does_not_wait_for_the_last(engine: NoiseReductionEngine) -> None:
    taken = 0

    def blocks() -> object:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield noise(0.1, 0.01)

    made = engine.clean(blocks(), mode=Cleaning.STUDIO)  # type: ignore[arg-type]
    next(made)
    made.close()  # type: ignore[attr-defined]
    assert taken < 10


@pytest.mark.parametrize("samples", [0, 1, 479, 480, 1_440])
def test_short_recordings_come_back_as_long(engine: NoiseReductionEngine, samples: int) -> None:
    assert cleaned(engine, [noise(0.1, 0.01)[:samples]]).shape == (samples, 1)


def test_nothing_becomes_nothing(engine: NoiseReductionEngine) -> None:
    assert list(engine.clean([], mode=Cleaning.BALANCED)) == []
    silence = np.zeros((RATE, 1), np.float32)
    assert np.abs(cleaned(engine, [silence])).max() < 1e-4


def test_channels_are_not_mixed(engine: NoiseReductionEngine) -> None:
    """A voice on the left and another on the right, and each comes out as it would alone."""
    left, right = voice(1.0) + noise(1.0, 0.01), voice(1.0, 210.0) + noise(1.0, 0.01, seed=1)
    both = cleaned(engine, [np.concatenate([left, right], axis=1)])
    np.testing.assert_array_equal(both[:, :1], cleaned(engine, [left]))
    np.testing.assert_array_equal(both[:, 1:], cleaned(engine, [right]))


@pytest.mark.parametrize("wrong", [np.nan, pytest.param(np.inf, marks=pytest.mark.thorough), 1e30])
def test_what_is_no_number_harms_nothing(engine: NoiseReductionEngine, wrong: float) -> None:
    given = voice(1.5).copy()
    given[1_000:1_100] = wrong
    made = cleaned(engine, [given])
    assert np.isfinite(made).all()
    assert abs(louder_db(made[RATE:], given[RATE:])) < 1.5, "it recovers"


def test_two_threads_are_not_mixed_up(engine: NoiseReductionEngine) -> None:
    given = [voice(1.0) + noise(1.0, 0.01), voice(1.0, 210.0) + noise(1.0, 0.02)]
    alone = [cleaned(engine, [one]) for one in given]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda one: cleaned(engine, [one]), given))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
