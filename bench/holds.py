"""What is held for a speech, as a multiple of what it costs: `python -m bench.holds`.

Texts of all kinds and at all speeds are spoken by Piper, each once; `--kokoro 300` adds as many by
the voices of Kokoro, in their languages. Ten minutes on two cores for 2,000 texts of Piper, forty
for 300 of Kokoro; `--minutes 5` ends each sooner.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audio.engines.base import EngineVoice, SpeechEngine, UnspeakableText
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.length import USUAL_PACE_MS, length
from audio.engines.speech.piper import PiperEngine
from bench.report import table
from bench.texts import Text, texts
from tests.harness.programs import ROOT
from voices.catalogue import describe


@dataclass(frozen=True)
class Outcome:
    """Milliseconds of a speech: held for, and spoken."""

    kind: str
    held_ms: float
    spoken_ms: float

    @property
    def share(self) -> float:
        return self.held_ms / self.spoken_ms


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.holds", description=__doc__)
    parser.add_argument("--piper", type=int, default=2000, help="texts")
    parser.add_argument("--kokoro", type=int, default=0, help="texts")
    parser.add_argument("--minutes", type=float, default=600, help="of each engine")
    asked = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    config = EngineConfig(models_dir=models_dir, engine_threads=2)
    engines = {PiperEngine(config): asked.piper, KokoroEngine(config): asked.kokoro}
    for engine, number in engines.items():
        if number:
            found = list(outcomes(engine, number, seconds=60 * asked.minutes))
            print(f"### {engine.name}: {len(found)} texts\n\n{_report(found)}\n", flush=True)


def outcomes(engine: SpeechEngine, number: int, *, seconds: float) -> Iterator[Outcome]:
    """The voices take turns. Texts in which a voice finds nothing to say are left out."""
    over = time.monotonic() + seconds
    voices = engine.voices()
    each = -(-number // len(voices))
    said = {
        voice.name: texts(each, language=voice.language, seed=n) for n, voice in enumerate(voices)
    }
    for turn in range(each):
        for voice in voices:
            if time.monotonic() > over:
                return
            try:
                yield _outcome(engine, voice, said[voice.name][turn])
            except UnspeakableText:
                continue


def _outcome(engine: SpeechEngine, voice: EngineVoice, text: Text) -> Outcome:
    pace_ms = describe(engine.name, voice).pace_ms or USUAL_PACE_MS
    chunks = engine.speak(text.text, voice=voice.name, language=voice.language, speed=text.speed)
    spoken_ms = 1000 * sum(chunk.seconds for chunk in chunks)
    held_ms = length(text.text, voice.language).longest_ms(pace_ms, text.speed)
    return Outcome(text.kind, held_ms, spoken_ms)


def _report(found: list[Outcome]) -> str:
    kinds = dict.fromkeys(outcome.kind for outcome in found)
    rows = [_row(kind, [each for each in found if each.kind == kind]) for kind in kinds]
    header = ("texts", "number", "median hold / price", "largest", "smallest", "exceeded")
    return table(header, [*rows, _row("all", found)])


def _row(name: str, found: list[Outcome]) -> list[str]:
    shares = [each.share for each in found]
    exceeded = sum(share < 1 for share in shares)
    figures = (statistics.median(shares), max(shares), min(shares))
    return [name, str(len(found)), *(f"{figure:.2f}" for figure in figures), str(exceeded)]


if __name__ == "__main__":
    main()
