"""A transcription engine that hears what the prompt tells it, one way per first word.

Load it into a server with `EXTRA_ENGINES=tests.ears:ScriptedEar`. What it decodes it also writes
to a file, so that a test sees when it has stopped:

* `say one two` hears these words, one segment each
* `many 900` hears as many words
* `gate FILE` hears "early", then waits until FILE exists, then hears "late"
* `late FILE` waits until FILE exists, then hears "late" and "words"
* `slow FILE` hears a word every fifth of a second, for twenty seconds, and counts them in FILE
* `fail-before`, `fail-after` fail before and after their first word
* `crash` kills its own process after the first word
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import EngineError, Segment, Transcription
from audio.engines.config import EngineConfig

WORD_SECONDS = 0.2
SLOW_WORDS = 100
GATE_SECONDS = 60


def segment(number: int, text: str) -> Segment:
    return Segment(number, 0, number, number + 1.0, text, [1, 2], 0.0, -0.1, 1.0, 0.0)


def _say(script: str) -> Iterator[str]:
    yield from script.split()


def _many(count: str) -> Iterator[str]:
    yield from (f"word{number}" for number in range(int(count)))


def _gate(path: str) -> Iterator[str]:
    yield "early"
    _wait_for(path)
    yield "late"


def _late(path: str) -> Iterator[str]:
    _wait_for(path)
    yield from ("late", "words")


def _wait_for(path: str) -> None:
    give_up_at = time.monotonic() + GATE_SECONDS
    while not Path(path).exists():
        if time.monotonic() > give_up_at:
            raise EngineError("The gate was never opened.")
        time.sleep(0.05)


def _slow(path: str) -> Iterator[str]:
    for number in range(SLOW_WORDS):
        Path(path).write_text(str(number))
        yield f"word{number}"
        time.sleep(WORD_SECONDS)


def _fail_before(script: str) -> Iterator[str]:
    raise EngineError("The ear was asked to fail before its first word.")
    yield


def _fail_after(script: str) -> Iterator[str]:
    yield "early"
    raise RuntimeError("The ear was asked to fail after its first word.")


def _crash(script: str) -> Iterator[str]:
    yield "early"
    os.kill(os.getpid(), signal.SIGKILL)


WAYS: dict[str, Callable[[str], Iterator[str]]] = {
    "say": _say,
    "many": _many,
    "gate": _gate,
    "late": _late,
    "slow": _slow,
    "fail-before": _fail_before,
    "fail-after": _fail_after,
    "crash": _crash,
}


class ScriptedEar:
    """Takes the place of the engine that listens."""

    name = "scripted"

    def __init__(self, config: EngineConfig) -> None:
        """Nothing to configure."""

    def load(self) -> None:
        """Nothing to load."""

    def available(self) -> bool:
        return True

    def transcribe(
        self, samples: NDArray[np.float32], *, prompt: str | None, **options: object
    ) -> Transcription:
        way, _, script = (prompt or "say").partition(" ")
        words = WAYS[way](script)
        return Transcription("en", (segment(i, f" {word}") for i, word in enumerate(words)), 3)
