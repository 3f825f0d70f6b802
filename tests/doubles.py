"""A speech engine that misbehaves on demand, one way per voice.

Load it into a server with `EXTRA_ENGINES=tests.doubles:FaultyEngine`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from audio.engines.base import AudioChunk, EngineError, EngineVoice
from audio.engines.config import EngineConfig

RATE = 24_000
CHUNK_SECONDS = 0.2
SLOW_CHUNKS = 20
SLOW_SECONDS = SLOW_CHUNKS * CHUNK_SECONDS
"""Seconds of audio of the voice `slow`, and about the seconds it takes to speak them."""
LATE_SECONDS = 2.0
"""How long the voice `late` thinks before its first chunk."""
HANG_SECONDS = 30.0
TONE_SECONDS_PER_CHARACTER = 0.06
"""About the pace of speech, so that the voice `tone` passes a worker's self-test."""


def sine(seconds: float) -> AudioChunk:
    time_axis = np.arange(int(seconds * RATE)) / RATE
    return AudioChunk((0.3 * np.sin(2 * np.pi * 440 * time_axis)).astype(np.float32), RATE)


def _tone(text: str) -> Iterator[AudioChunk]:
    yield sine(max(CHUNK_SECONDS, len(text) * TONE_SECONDS_PER_CHARACTER))


def _faulty_before(text: str) -> Iterator[AudioChunk]:
    raise EngineError("The double was asked to fail before its first chunk.")
    yield  # a generator: it fails where real engines do, when the first chunk is wanted


def _faulty_after(text: str) -> Iterator[AudioChunk]:
    yield sine(1.0)
    raise RuntimeError("The double was asked to fail after its first chunk.")


def _slow(text: str) -> Iterator[AudioChunk]:
    for _ in range(SLOW_CHUNKS):
        time.sleep(CHUNK_SECONDS)
        yield sine(CHUNK_SECONDS)


def _late(text: str) -> Iterator[AudioChunk]:
    time.sleep(LATE_SECONDS)
    yield sine(1.0)


def _gated(text: str) -> Iterator[AudioChunk]:
    """The first second at once, the second one when the file exists that the text ends with."""
    yield sine(1.0)
    gate, deadline = Path(text.rsplit(maxsplit=1)[-1]), time.monotonic() + HANG_SECONDS
    while not gate.exists():
        if time.monotonic() > deadline:
            raise EngineError(f"Nobody opened the gate {gate}.")
        time.sleep(0.02)
    yield sine(1.0)


def _hang(text: str) -> Iterator[AudioChunk]:
    time.sleep(HANG_SECONDS)
    yield sine(1.0)


def _crash(text: str) -> Iterator[AudioChunk]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield sine(1.0)


WAYS: dict[str, Callable[[str], Iterator[AudioChunk]]] = {
    "tone": _tone,
    "faulty-before": _faulty_before,
    "faulty-after": _faulty_after,
    "slow": _slow,
    "late": _late,
    "gated": _gated,
    "hang": _hang,
    "crash": _crash,
}


class FaultyEngine:
    """Speaks sine tones. The first voice is sound; each other one fails in its own way."""

    name = "faulty"

    def __init__(self, config: EngineConfig) -> None:
        """Nothing to configure."""

    def load(self) -> None:
        """Nothing to load."""

    def voices(self) -> Sequence[EngineVoice]:
        return [EngineVoice(name, "en-US") for name in WAYS]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        return WAYS[voice](text)
