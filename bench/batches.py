"""Long recordings in batches beside the library's own two ways, with the same weights.

`python -m bench.batches [--minutes 5] [--rounds 2]`: sentences by four voices of Kokoro and by one
of Piper, heard in turns by this engine, by `WhisperModel.transcribe` and by
`BatchedInferencePipeline`, all as they ship. Words are judged against what was said.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import jiwer
import numpy as np

from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.fitted_clips import Samples, said
from bench.listening import ours, theirs
from bench.report import table
from tests.harness.programs import ROOT

RATE = 16_000
VOICES = ("af_heart", "bm_george", "am_michael", "bf_emma")
_TURN = 8
"""Sentences that one voice says."""
OURS, STOCK, BATCHED = "this engine", "WhisperModel", "BatchedInferencePipeline"
HEADINGS = ("recording", "way", "words", "other", "missing", "added", "CPU s", "of WhisperModel")


@dataclass(frozen=True)
class Recording:
    name: str
    samples: Samples
    text: str


@dataclass(frozen=True)
class Run:
    text: str
    cpu_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.batches", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    told = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    config = EngineConfig(models_dir=models_dir, engine_threads=2, whisper_workers=1)
    ways = _ways(config)
    rows = []
    for recording in recordings(config, 60 * told.minutes):
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        # in turns, so that a slow minute of the machine hits all
        for _ in range(told.rounds):
            for name, hear in ways.items():
                runs[name].append(_timed(hear, recording.samples))
        rows += list(_rows(recording, runs))
    print(table(HEADINGS, rows))


def recordings(config: EngineConfig, seconds: float) -> Iterator[Recording]:
    kokoro, piper = KokoroEngine(config), PiperEngine(config)
    sentences = Path(__file__).with_name("sentences.txt").read_text("utf-8").splitlines()
    yield _lecture("Kokoro", kokoro, VOICES, sentences, seconds)
    yield _lecture("Piper", piper, [piper.voices()[0].name], sentences, seconds)


def _lecture(
    name: str, engine: Any, voices: Iterable[str], sentences: list[str], seconds: float
) -> Recording:
    """Sentences in an order of their own, most pauses short ones."""
    dice = random.Random(name)
    tags = {voice.name: voice.language for voice in engine.voices()}
    parts: list[Samples] = []
    texts: list[str] = []
    for voice in cycle(voices):
        for sentence in dice.sample(sentences, _TURN):
            pause = dice.uniform(0.15, 0.7) if dice.random() < 0.85 else dice.uniform(1.0, 3.5)
            parts += [said(engine, voice, tags[voice], sentence)]
            parts += [np.zeros(int(pause * RATE), np.float32)]
            texts.append(sentence)
        if sum(map(len, parts)) >= seconds * RATE:
            return Recording(name, np.concatenate(parts), " ".join(texts))
    raise AssertionError("There are voices.")


def _ways(config: EngineConfig) -> dict[str, Callable[[Samples], str]]:
    from faster_whisper import BatchedInferencePipeline

    engine = FasterWhisperEngine(config)
    engine.load()
    model: Any = engine._model

    batched = BatchedInferencePipeline(model)
    return {
        OURS: lambda samples: ours(engine, samples, None),
        STOCK: lambda samples: theirs(model, samples, None),
        BATCHED: lambda samples: theirs(batched, samples, None),
    }


def _timed(hear: Callable[[Samples], str], samples: Samples) -> Run:
    began = time.process_time()
    text = hear(samples)
    return Run(text, time.process_time() - began)


def _rows(recording: Recording, runs: dict[str, list[Run]]) -> Iterator[list[str]]:
    text = _plain(recording.text)
    stock = [run.cpu_seconds for run in runs[STOCK]]
    for name, some in runs.items():
        found = [jiwer.process_words(text, _plain(run.text)) for run in some]
        shares = [run.cpu_seconds / each for run, each in zip(some, stock, strict=True)]
        yield [
            f"{recording.name}, {len(recording.samples) / RATE / 60:.1f} min",
            name,
            str(len(text.split())),
            _mean(each.substitutions for each in found),
            _mean(each.deletions for each in found),
            _mean(each.insertions for each in found),
            f"{statistics.median(run.cpu_seconds for run in some):.1f}",
            f"{statistics.median(shares):.2f}",
        ]


def _mean(numbers: Iterable[float]) -> str:
    return f"{statistics.mean(numbers):g}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower().replace("-", " "))


if __name__ == "__main__":
    main()
