"""Transcripts beside the library as it ships: `python -m bench.listening [--runs 5]`.

faster-whisper with its defaults (one transcription at a time) and this project's engine with its
own, on the same weights (int8 on a CPU), in one process, in alternating pairs: short clips, whose
language is given or told from the speech, and four clips at once beside the same in a row. Each
figure is the median of the pairs' ratios of wall time, with the smallest and the largest.
`--json FILE` keeps them; `--device cuda` measures both on a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.config import EngineConfig
from audio.engines.transcription.plain import transcript
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.fitted_clips import said
from bench.report import table
from tests.harness.programs import ROOT

Samples = NDArray[np.float32]
TEXTS = {
    "1.5 s": "Close the door, please.",
    "3 s": "The ferry leaves the island at seven in the morning.",
    "5 s": "My neighbour repairs old clocks all day long, and never knows what time it is.",
    "11 s": (
        "When the wind turns north, the fishermen stay at home and mend their nets."
        " The train across the bridge was late again, so we walked along the river."
        " Two brothers built the mill, and only one of them was paid."
    ),
}
"""By about how long they take."""
AT_ONCE = 4


@dataclass(frozen=True)
class Line:
    """What was compared, with the ratio of each pair."""

    what: str
    beside: str
    ratios: list[float]

    def cells(self) -> list[str]:
        least, most = min(self.ratios), max(self.ratios)
        middle = statistics.median(self.ratios)
        return [self.what, self.beside, f"{middle:.2f}", f"{least:.2f}-{most:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.listening", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="pairs of each (default: 5)")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--json", type=Path, help="a file for the ratios")
    asked = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    lines = []
    for line in measured(models_dir, runs=asked.runs, device=asked.device):
        sys.stderr.write(f"{' | '.join(line.cells())}\n")
        lines.append(line)
    print(table(["what", "beside", "ratio", "range"], (line.cells() for line in lines)))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(line) for line in lines], indent=1))


def measured(models_dir: Path, *, runs: int, device: str) -> Iterator[Line]:
    from faster_whisper import WhisperModel

    cores = os.cpu_count() or 1
    config = EngineConfig(models_dir, device=device, engine_threads=cores, whisper_workers=2)
    engine = FasterWhisperEngine(config)
    engine.load()
    weights, kind = str(models_dir / "whisper-base"), "int8" if device == "cpu" else "float16"
    stock = WhisperModel(weights, device=device, compute_type=kind)
    clips = dict(_clips(models_dir))
    for how, language in (("given", "en"), ("detected", None)):
        for name, samples in clips.items():
            ratios = _pairs(
                lambda samples=samples, language=language: ours(engine, samples, language),
                lambda samples=samples, language=language: theirs(stock, samples, language),
                runs,
            )
            yield Line(f"a clip of {name}, language {how}", "the library", ratios)
    clip = clips["11 s"]

    def together() -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(lambda _: ours(engine, clip, "en"), range(AT_ONCE)))

    def in_a_row() -> None:
        for _ in range(AT_ONCE):
            theirs(stock, clip, "en")

    yield Line(f"{AT_ONCE} clips of 11 s at once", "the library, in a row",
               _pairs(together, in_a_row, runs))  # fmt: skip


def ours(engine: FasterWhisperEngine, samples: Samples, language: str | None) -> str:
    found = transcript(engine, samples, language)
    return "".join(segment.text for segment in found.segments)


def theirs(stock: Any, samples: Samples, language: str | None) -> str:
    segments, _ = stock.transcribe(samples, language=language)
    return "".join(segment.text for segment in segments)


def _pairs(one: Callable[[], object], other: Callable[[], object], runs: int) -> list[float]:
    """How long one takes for each second of the other, in turns; once more to warm up."""
    ratios = []
    for number in range(runs + 1):
        in_turn = (one, other) if number % 2 else (other, one)
        took = {way: _seconds(way) for way in in_turn}
        ratios.append(took[one] / took[other])
    return ratios[1:]


def _seconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def _clips(models_dir: Path) -> Iterator[tuple[str, Samples]]:
    from audio.engines.speech.piper import PiperEngine

    engine = PiperEngine(EngineConfig(models_dir))
    voice = next(voice for voice in engine.voices() if voice.language.startswith("en"))
    for name, text in TEXTS.items():
        yield name, said(engine, voice.name, voice.language, text)


if __name__ == "__main__":
    main()
