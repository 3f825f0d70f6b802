"""The engines on their real weights, each loaded once, and an ear to judge what they say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from audio.engines.base import (
    WHISPER_SAMPLE_RATE,
    AudioChunk,
    Segment,
    SpeechEngine,
    SpeechTask,
    TranscriptionEngine,
)
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine
from tests.harness.programs import ROOT, missing

Samples = NDArray[np.float32]
SHARED_AUDIO = ROOT.parent / "shared" / "audio"


@pytest.fixture(scope="session")
def config() -> EngineConfig:
    folder = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    return EngineConfig(models_dir=folder, engine_threads=2, whisper_workers=1)


@pytest.fixture(scope="session")
def listener(config: EngineConfig) -> TranscriptionEngine:
    engine = FasterWhisperEngine(config)
    if not engine.available():
        missing("whisper-base", "run `python manage.py fetch_models`")
    return engine


@pytest.fixture(scope="session")
def kokoro(config: EngineConfig) -> SpeechEngine:
    return _installed(KokoroEngine(config))


@pytest.fixture(scope="session")
def piper(config: EngineConfig) -> SpeechEngine:
    return _installed(PiperEngine(config))


@pytest.fixture(scope="session", params=["kokoro", "piper"])
def engine(request: pytest.FixtureRequest) -> SpeechEngine:
    """Every speech engine in turn."""
    found: SpeechEngine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def english(engine: SpeechEngine) -> str:
    """A voice of the engine that speaks English."""
    return next(voice.name for voice in engine.voices() if voice.language.startswith("en"))


@pytest.fixture(scope="session")
def say() -> Callable[..., list[AudioChunk]]:
    """`say(engine, voice, text, speed=…)` is the chunks; the same words are said only once."""

    @lru_cache
    def said(engine: SpeechEngine, voice: str, text: str, speed: float = 1.0) -> list[AudioChunk]:
        language = next(v.language for v in engine.voices() if v.name == voice)
        return list(engine.speak(text, voice=voice, language=language, speed=speed))

    return said


@pytest.fixture(scope="session")
def hear(listener: TranscriptionEngine) -> Callable[..., list[Segment]]:
    """`hear(samples, language="en", task="transcribe", …)` is the segments of a transcript."""

    def heard(
        samples: Samples,
        *,
        language: str | None = "en",
        task: SpeechTask = "transcribe",
        words: bool = False,
        prompt: str | None = None,
    ) -> list[Segment]:
        found = listener.transcribe(
            samples,
            task=task,
            language=language,
            prompt=prompt,
            temperature=None,
            word_timestamps=words,
        )
        return list(found.segments)

    return heard


@pytest.fixture(scope="session")
def shared_audio() -> Callable[[str], Samples]:
    """`shared_audio("french.aiff")`: human speech at Whisper's rate; skips where it is absent."""

    def read(name: str) -> Samples:
        path = SHARED_AUDIO / name
        if not path.exists():
            pytest.skip(f"{name} is not beside the repository")
        return np.concatenate(list(_decoded(path)))

    return read


def for_whisper(chunks: Sequence[AudioChunk]) -> Samples:
    """The chunks joined, at the rate that Whisper hears."""
    samples = joined(chunks)
    rate = chunks[0].sample_rate
    times = np.arange(0, len(samples) / rate, 1 / WHISPER_SAMPLE_RATE)
    return np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)


def joined(chunks: Sequence[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def seconds(chunks: Sequence[AudioChunk]) -> float:
    return sum(chunk.seconds for chunk in chunks)


def text_of(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments).strip()


def _installed(engine: SpeechEngine) -> SpeechEngine:
    if not engine.voices():
        missing(f"the {engine.name} voices", "run `python manage.py fetch_models`")
    return engine


def _decoded(path: Path) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=WHISPER_SAMPLE_RATE)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            yield from (part.to_ndarray().reshape(-1) for part in resampler.resample(frame))
    yield from (part.to_ndarray().reshape(-1) for part in resampler.resample(None))
