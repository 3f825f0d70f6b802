"""The engines called directly, in a process of their own with the server's settings.

`python -m bench.bare` reads one JSON question a line and answers each with one JSON line. No
Django, no HTTP, no queue: what this takes is what the engine takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audio.codecs.encode import Encoder, SpeechFormat
from audio.engines import registry
from audio.engines.base import SpeechEngine, TranscriptionEngine
from audio.engines.transcription.plain import transcript

ROOT = Path(__file__).resolve().parents[1]
Answer = dict[str, float]
Way = Callable[..., Answer]


class BareEngines:
    """The parent's end of the process. Times are seconds."""

    def __init__(self, settings: Mapping[str, Any], module: str = "bench.bare") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(settings)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def speak(self, *, text: str, voice: str, language: str) -> Answer:
        return self.ask(do="speak", text=text, voice=voice, language=language)

    def transcribe(self, pcm: Path) -> Answer:
        """pcm: a file of 16 kHz mono s16le samples."""
        return self.ask(do="transcribe", pcm=str(pcm))

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def ask(self, **question: str) -> Answer:
        """do: the way; the rest is what it wants to know."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError("The bare engines' process ended; what it said stands above.")
        answer: Answer = json.loads(line)
        return answer


def speak(*, text: str, voice: str, language: str) -> Answer:
    """Make all chunks, and afterwards, apart from that, encode them to mp3."""
    engine = registry.get(SpeechEngine, "kokoro")
    began = time.perf_counter()
    chunks, first = [], 0.0
    for chunk in engine.speak(text, voice=voice, language=language, speed=1.0):
        first = first or time.perf_counter() - began
        chunks.append(chunk)
    total = time.perf_counter() - began
    encoder = Encoder(SpeechFormat.MP3)
    began = time.perf_counter()
    for chunk in chunks:
        encoder.encode(chunk)
    encoder.finish()
    encoding = time.perf_counter() - began
    audio = sum(chunk.seconds for chunk in chunks)
    return {"first": first, "total": total, "encoding": encoding, "audio": audio}


def transcribe(*, pcm: str) -> Answer:
    samples = np.fromfile(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    began = time.perf_counter()
    answer = transcript(registry.get(TranscriptionEngine), samples)
    words = "".join(segment.text for segment in answer.segments)
    total = time.perf_counter() - began
    return {"total": total, "audio": len(samples) / 16_000, "characters": len(words)}


def engines(settings: dict[str, Any]) -> dict[str, Way]:
    settings["models_dir"] = Path(settings["models_dir"])
    registry.configure(registry.EngineConfig(**settings, extra_engines=()))
    return {"speak": speak, "transcribe": transcribe}


def answering(ways_of: Callable[[dict[str, Any]], dict[str, Way]]) -> None:
    """Be the process: what is asked on stdin is done in one of these ways."""
    ways = ways_of(json.loads(sys.argv[1]))
    # The engines' libraries write to stdout now and then: keep the answers apart.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        question = json.loads(line)
        answer = ways[question.pop("do")](**question)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    answering(engines)
