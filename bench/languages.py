"""How often the language of a short clip is told right: `python -m bench.languages`.

For each set of clips (`bench/clips.py`) are printed those that were taken for another language,
how many are right, and how sure the answers were that are right, and those that are not. All sets
take ten minutes on two cores; `--set development` is one of them.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean

from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.plain import transcript
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.clips import (
    Clip,
    by_telephone,
    development,
    held_out,
    in_noise,
    with_pauses,
    without_pauses,
)
from tests.harness.programs import ROOT

Spoken = Callable[[], list[Clip]]
SETS: dict[str, Callable[[Spoken, Spoken], Iterable[Clip]]] = {
    "development": lambda tuned, other: tuned(),
    "longer pauses": lambda tuned, other: map(with_pauses, tuned()),
    "shorter pauses": lambda tuned, other: map(without_pauses, tuned()),
    "held out": lambda tuned, other: other(),
    "telephone": lambda tuned, other: map(by_telephone, other()[::2]),
    "noise": lambda tuned, other: map(in_noise, other()[1::2]),
}


@dataclass(frozen=True)
class Told:
    """A clip, what it was taken for, and how sure that is."""

    language: str
    said: str
    heard: str
    taken_for: str
    sure: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.languages", description=__doc__)
    parser.add_argument("--set", action="append", choices=SETS, help="only these")
    asked = parser.parse_args()
    folder = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    config = EngineConfig(models_dir=folder)
    listener, kokoro = FasterWhisperEngine(config), KokoroEngine(config)
    tuned = cache(lambda: list(development(kokoro)))
    other = cache(lambda: list(held_out(kokoro, PiperEngine(config))))
    for name in asked.set or SETS:
        report(name, [listen(listener, clip) for clip in SETS[name](tuned, other)])


def report(name: str, told: list[Told]) -> None:
    print(f"\n{name}")
    for each in told:
        if each.taken_for != each.language:
            print(
                f"{each.language}  {each.said!r} was taken for {each.taken_for} ({each.sure:.2f}),"
                f" and written down as {each.heard!r}"
            )
    right = [each for each in told if each.taken_for == each.language]
    counts = Counter(each.language for each in right)
    print(f"{len(right)} of {len(told)} right: {dict(sorted(counts.items()))}")
    sure = [each.sure for each in right] or [0.0]
    wrong = [each.sure for each in told if each not in right] or [0.0]
    print(f"Mean confidence: {mean(sure):.2f}, where wrong {mean(wrong):.2f}", flush=True)


def listen(listener: FasterWhisperEngine, clip: Clip) -> Told:
    found = transcript(listener, clip.samples)
    segments = list(found.segments)
    heard = "".join(segment.text for segment in segments).strip()
    sure = next((s.language_probability for s in segments), None) or 0.0
    taken_for = found.language if segments else "nothing"
    return Told(clip.language, clip.said, heard, taken_for, sure)


if __name__ == "__main__":
    main()
