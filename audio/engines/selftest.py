"""Does each engine really work here? Asked when a worker starts, before it takes a job.

A broken library build can make noise, silence or NaN without raising anything, so every engine
says a sentence, and what it said has to be understood again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.engines import registry
from audio.engines.base import WHISPER_SAMPLE_RATE, EngineVoice, SpeechEngine, TranscriptionEngine

SENTENCE = "The quick brown fox jumps over the lazy dog."
_SHORTEST, _LONGEST = 1.2, 8.0
"""Seconds that any voice may take for the sentence."""
_QUIETEST = 0.01
"""Root mean square of full scale; speech has about 0.1."""
_WORDS_NEEDED = 5
"""Of the eight different ones: a small model mishears some, noise has none."""


@dataclass(frozen=True)
class SelfTest:
    """What came of one engine's test.

    detail: what was heard, or what is wrong. understood: whether the sentence came back from the
    transcription engine; None where that was not tried (no such engine, no English voice).
    """

    engine: str
    ok: bool
    detail: str
    seconds: float
    understood: bool | None = None


def self_test() -> list[SelfTest]:
    """Try every engine whose weights are installed, loading them all. Raises nothing."""
    engine = registry.get(TranscriptionEngine)
    listener = engine if engine.available() else None
    loading = _try_loading(listener) if listener else None
    if loading is not None and not loading.ok:
        listener = None
    results = [_try_voice(each, voice, listener) for each, voice in _one_voice_each()]
    return [*results, _judged(loading, results)] if loading else results


def _one_voice_each() -> Iterator[tuple[SpeechEngine, EngineVoice]]:
    """Each installed speech engine with a voice of it, an English one if there is one."""
    for name in registry.names(SpeechEngine):
        engine = registry.get(SpeechEngine, name)
        voices = engine.voices()
        english = (voice for voice in voices if _is_english(voice))
        if voices:
            yield engine, next(english, voices[0])


def _try_loading(listener: TranscriptionEngine) -> SelfTest:
    started = time.perf_counter()
    try:
        listener.load()
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        return SelfTest(listener.name, False, _described(error), time.perf_counter() - started)
    return SelfTest(listener.name, True, "loaded", time.perf_counter() - started)


def _try_voice(
    engine: SpeechEngine, voice: EngineVoice, listener: TranscriptionEngine | None
) -> SelfTest:
    started = time.perf_counter()
    understood = None
    try:
        samples, rate = _said(engine, voice)
        problem = _problem(samples, rate)
        detail = problem or f"{voice.name} spoke {len(samples) / rate:.1f} s"
        if not problem and listener and _is_english(voice):
            heard = _heard(listener, samples, rate)
            understood = _is_sentence(heard)
            detail += f", heard as {heard!r}"
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        problem = detail = _described(error)
    ok = not problem and understood is not False
    return SelfTest(engine.name, ok, detail, time.perf_counter() - started, understood)


def _judged(loading: SelfTest, results: list[SelfTest]) -> SelfTest:
    """The listener works if it understood one voice; where it heard none, that it loads is all."""
    tried = [result.understood for result in results if result.understood is not None]
    if not loading.ok or not tried or any(tried):
        return loading
    return SelfTest(loading.engine, False, "understood no voice of this machine", loading.seconds)


def _said(engine: SpeechEngine, voice: EngineVoice) -> tuple[NDArray[np.float32], int]:
    spoken = engine.speak(SENTENCE, voice=voice.name, language=voice.language, speed=1.0)
    chunks = list(spoken)
    return np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate


def _problem(samples: NDArray[np.float32], rate: int) -> str:
    """What is wrong with the sound of the sentence, or nothing."""
    seconds = len(samples) / rate
    if not np.isfinite(samples).all():
        return "the audio holds NaN or infinity"
    if not _SHORTEST <= seconds <= _LONGEST:
        return f"the sentence took {seconds:.1f} s, not {_SHORTEST} to {_LONGEST} s"
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    if loudness < _QUIETEST:
        return f"the audio is almost silent (RMS {loudness:.4f})"
    return ""


def _heard(listener: TranscriptionEngine, samples: NDArray[np.float32], rate: int) -> str:
    times = np.arange(0, len(samples) / rate, 1 / WHISPER_SAMPLE_RATE)
    # a straight line between samples is enough to be understood
    resampled = np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)
    transcription = listener.transcribe(
        resampled,
        task="transcribe",
        language="en",
        prompt=None,
        temperature=None,
        word_timestamps=False,
    )
    return "".join(segment.text for segment in transcription.segments).strip()


def _is_sentence(heard: str) -> bool:
    return len(_words(heard) & _words(SENTENCE)) >= _WORDS_NEEDED


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _is_english(voice: EngineVoice) -> bool:
    return voice.language.split("-")[0] == "en"


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
