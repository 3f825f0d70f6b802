"""Engines that nobody uses give their memory back, and are there again when they are asked."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.engines import memory, registry
from audio.engines.base import SpeechEngine, TranscriptionEngine, Unloading
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine
from audio.engines.usage import Usage
from tests.audio.engines.conftest import for_whisper, joined

HOUR = 3600.0
SENTENCE = "Two boats left the harbour. One of them came back."
MEBIBYTE = 1024**2


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def timed(engine: Any, clock: Clock) -> Any:
    engine._usage = Usage(engine._lock, clock)
    return engine


@pytest.mark.usefixtures("kokoro", "piper")  # which skip where there are no weights
@pytest.mark.parametrize(
    ("kind", "voice"), [(KokoroEngine, "af_nova"), (PiperEngine, "en_US-joe-medium")]
)
def test_a_voice_is_unloaded_after_its_hour_and_speaks_again(
    kind: Callable[[EngineConfig], SpeechEngine],
    voice: str,
    config: EngineConfig,
    clock: Clock,
) -> None:
    engine = timed(kind(config), clock)
    assert not engine.unload_idle(HOUR), "nothing is loaded"

    speech = engine.speak(SENTENCE, voice=voice, language="en-US", speed=1.0)
    first = next(speech)
    clock.now += HOUR
    assert not engine.unload_idle(HOUR), "it is speaking"
    seconds = first.seconds + sum(chunk.seconds for chunk in speech)

    assert not engine.unload_idle(HOUR), "it has just spoken"
    clock.now += HOUR
    assert engine.unload_idle(HOUR)
    assert not engine.unload_idle(HOUR), "it is unloaded already"

    again = list(engine.speak(SENTENCE, voice=voice, language="en-US", speed=1.0))
    assert sum(chunk.seconds for chunk in again) == pytest.approx(seconds, rel=0.2)


def test_a_listener_is_unloaded_after_its_hour_and_hears_again(
    config: EngineConfig, listener: TranscriptionEngine, piper: SpeechEngine, clock: Clock
) -> None:
    assert listener.available()
    engine = timed(FasterWhisperEngine(config), clock)
    samples = for_whisper(
        list(piper.speak(SENTENCE, voice="en_US-joe-medium", language="en-US", speed=1.0))
    )

    def heard() -> Iterator[str]:
        found = engine.transcribe(
            samples, task="transcribe", language="en", prompt=None, temperature=None,
            word_timestamps=False,
        )  # fmt: skip
        return (segment.text for segment in found.segments)

    words = heard()
    clock.now += HOUR
    assert not engine.unload_idle(HOUR), "it is listening"
    before = "".join(words)
    clock.now += HOUR
    assert engine.unload_idle(HOUR)
    assert "".join(heard()) == before


def test_a_client_that_leaves_keeps_no_engine_loaded(
    config: EngineConfig, piper: SpeechEngine, clock: Clock
) -> None:
    engine = timed(PiperEngine(config), clock)
    speech = engine.speak(SENTENCE, voice="en_US-joe-medium", language="en-US", speed=1.0)
    next(speech)
    speech.close()
    clock.now += HOUR
    assert engine.unload_idle(HOUR)


def test_what_is_being_loaded_is_left_alone(clock: Clock) -> None:
    loading = threading.Lock()
    usage = Usage(loading, clock)
    with loading, usage.spared(0) as is_spared:
        assert not is_spared
    with usage.spared(0) as is_spared:
        assert is_spared
        assert loading.locked()
    assert not loading.locked()


def test_no_speech_fails_because_its_engine_is_unloaded(
    config: EngineConfig, piper: SpeechEngine
) -> None:
    """At every moment of it, also between its start and its first piece."""
    engine = PiperEngine(config)
    over = threading.Event()
    unloaded = 0

    def unload() -> None:
        nonlocal unloaded
        while not over.is_set():
            unloaded += engine.unload_idle(0)

    def seconds(_: int) -> float:
        pieces = engine.speak("Yes. No.", voice="en_US-joe-medium", language="en-US", speed=1.0)
        return sum(chunk.seconds for chunk in pieces)

    thread = threading.Thread(target=unload)
    thread.start()
    try:
        with ThreadPoolExecutor(3) as pool:
            spoken = list(pool.map(seconds, range(9)))
    finally:
        over.set()
        thread.join()
    assert min(spoken) > 0.5
    assert unloaded > 0


@pytest.mark.thorough
def test_the_memory_goes_back_to_the_system(config: EngineConfig, kokoro: SpeechEngine) -> None:
    engine = KokoroEngine(config)
    gc.collect()
    memory.give_back()
    empty = resident()
    joined(list(engine.speak(SENTENCE, voice="af_nova", language="en-US", speed=1.0)))
    gc.collect()
    memory.give_back()
    loaded = resident()
    assert engine.unload_idle(0)
    gc.collect()
    memory.give_back()
    # the weights alone are 90 MB; what the library keeps for its own is not ours
    assert loaded - resident() > 60 * MEBIBYTE, (empty, loaded, resident())


def resident() -> int:
    """Bytes."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


class Guest:
    """An engine from elsewhere, which cannot be unloaded."""

    name = "guest"

    def __init__(self, config: EngineConfig) -> None: ...

    def load(self) -> None: ...

    def voices(self) -> list[Any]:
        return []

    def speak(self, text: str, **asked: Any) -> Iterator[Any]:
        return iter(())


class Sleeper(Guest):
    """One that can be, and was not used for an hour."""

    name = "sleeper"

    def unload_idle(self, seconds: float) -> bool:
        return bool(np.isclose(seconds, HOUR))


def test_engines_from_elsewhere_need_not_be_able_to(tmp_path: Path) -> None:
    before = dict(registry._engines)
    try:
        extra = (f"{__name__}:Guest", f"{__name__}:Sleeper")
        registry.configure(EngineConfig(tmp_path, extra_engines=extra))
        assert registry.unload_idle(HOUR) == ["sleeper"]
    finally:
        registry._engines.clear()
        registry._engines.update(before)


def test_the_built_in_ones_are(tmp_path: Path) -> None:
    for kind in (KokoroEngine, PiperEngine, FasterWhisperEngine):
        assert isinstance(kind(EngineConfig(tmp_path)), Unloading)
