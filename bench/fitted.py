"""Whether short clips are understood as well in a window of their own length, and how much sooner.

`python -m bench.fitted --clips 500`: human speech cut at its pauses, where `../shared/audio` has
it, and Piper's and Kokoro's voices in each of their languages, from half a second to fifteen, under
noise, echo, a telephone's band and at other speeds. Each clip is transcribed twice in one process,
in turns first in the full window and first in the fitted one; of every other clip the language is
told from the speech. What is said otherwise is printed as it comes. With `--keep`, a run that was
interrupted goes on, with the times that were measured then.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jiwer

from audio.engines.config import EngineConfig
from audio.engines.transcription.fitted import fit_of
from audio.engines.transcription.plain import transcript
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.fitted_clips import CONDITIONS, FOLDER, HUMAN, Clip, clips
from bench.report import table
from tests.harness.programs import ROOT

FULL_FRAMES = 3000
_DIGITS = {"one": "1", "two": "2", "three": "3", "un": "1"}
_RESAMPLINGS = 2000
_LENGTHS = (2, 4, 8, 15)
"""Seconds up to which clips stand in one row."""
HEADINGS = (
    *("clips", "words", "wrong, full", "wrong, fitted", "characters wrong, full", "fitted"),
    *("clips worse", "better", "language wrong, full", "fitted", "in full after all"),
    *("CPU time, fitted / full", "wall time"),
)


@dataclass(frozen=True)
class Outcome:
    """What an engine made of a clip; frames: of each window that it encoded."""

    text: str
    language: str
    cpu_seconds: float
    wall_seconds: float
    frames: Sequence[int]


@dataclass(frozen=True)
class Pair:
    """A clip in the full window and in the fitted one."""

    clip: Clip
    is_told: bool
    full: Outcome
    fitted: Outcome

    def words(self) -> int:
        return len(plain(self.clip.text).split())

    def wrong_words(self, outcome: Outcome) -> int:
        found = jiwer.process_words(plain(self.clip.text), plain(outcome.text) or "—")
        return int(found.substitutions + found.deletions + found.insertions)

    def wrong_characters(self, outcome: Outcome) -> int:
        found = jiwer.process_characters(plain(self.clip.text), plain(outcome.text) or "—")
        return int(found.substitutions + found.deletions + found.insertions)

    @property
    def difference(self) -> int:
        return self.wrong_words(self.fitted) - self.wrong_words(self.full)

    @property
    def fell_back(self) -> bool:
        return FULL_FRAMES in self.fitted.frames


class Listener:
    """One of the two engines, its encoder watched."""

    def __init__(self, config: EngineConfig, *, keep: bool) -> None:
        self._keep = keep
        self._name = repr(fit_of(config.whisper_model)) if config.whisper_fitted else "full"
        self._engine = FasterWhisperEngine(config)
        self._engine.load()
        self._frames: list[int] = []
        model: Any = self._engine._model
        encode = model.encode

        def watched(features: Any) -> Any:
            self._frames.append(features.shape[-1])
            return encode(features)

        model.encode = watched

    def hear(self, clip: Clip, *, is_told: bool) -> Outcome:
        if not self._keep:
            return self._heard(clip, is_told)
        digest = hashlib.sha256(f"{self._name} {is_told} ".encode() + clip.samples.tobytes())
        kept = FOLDER / f"{digest.hexdigest()[:24]}.json"
        if not kept.exists():
            FOLDER.mkdir(exist_ok=True)
            kept.write_text(json.dumps(asdict(self._heard(clip, is_told))), encoding="utf-8")
        return Outcome(**json.loads(kept.read_text(encoding="utf-8")))

    def _heard(self, clip: Clip, is_told: bool) -> Outcome:
        self._frames.clear()
        cpu, wall = time.process_time(), time.perf_counter()
        found = transcript(self._engine, clip.samples, clip.language if is_told else None)
        text = "".join(segment.text for segment in found.segments).strip()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return Outcome(text, found.language, cpu, wall, tuple(self._frames))


def plain(text: str) -> str:
    """Without capitals, marks and double spaces; the smallest numbers as digits."""
    kept = (" " if unicodedata.category(c)[0] in "PSZ" else c for c in text.lower())
    return " ".join(_DIGITS.get(word, word) for word in "".join(kept).split())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fitted", description=__doc__)
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--keep", action="store_true", help="keep what was heard, or take it")
    arguments = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    pairs = []
    for pair in heard(arguments.clips, models_dir, keep=arguments.keep):
        pairs.append(pair)
        if plain(pair.full.text) != plain(pair.fitted.text):
            _tell(pair)
    print(report(pairs))


def heard(number: int, models_dir: Path, *, keep: bool) -> Iterator[Pair]:
    full, fitted = (
        Listener(
            EngineConfig(models_dir=models_dir, engine_threads=1, whisper_fitted=is_fitted),
            keep=keep,
        )
        for is_fitted in (False, True)
    )
    for at, clip in enumerate(clips(number, models_dir)):
        is_told = at % 2 == 0
        in_turn = (full, fitted) if at % 4 < 2 else (fitted, full)
        outcomes = {listener: listener.hear(clip, is_told=is_told) for listener in in_turn}
        yield Pair(clip, is_told, outcomes[full], outcomes[fitted])


def report(pairs: Sequence[Pair]) -> str:
    rows = []

    def add(name: str, some: Callable[[Pair], bool]) -> None:
        chosen = [pair for pair in pairs if some(pair)]
        if chosen:
            rows.append([name, *_figures(chosen)])

    for condition in CONDITIONS:
        add(condition, lambda pair: pair.clip.condition == condition)  # noqa: B023
    for language in sorted({pair.clip.language for pair in pairs}):
        add(language, lambda pair: pair.clip.language == language)  # noqa: B023
    for shortest, longest in zip((0, *_LENGTHS), _LENGTHS, strict=False):
        add(f"up to {longest} s", lambda pair: shortest < pair.clip.seconds <= longest)  # noqa: B023
    add(HUMAN, lambda pair: pair.clip.speaker == HUMAN)
    add("language given", lambda pair: pair.is_told)
    add("language detected", lambda pair: not pair.is_told)
    add("all", lambda _: True)
    low, high = _interval(pairs)
    voices = {pair.clip.speaker for pair in pairs} - {HUMAN}
    return (
        f"{table(['', *HEADINGS], rows)}\n\n{len(voices)} voices of engines."
        f" Wrong words of a hundred, fitted less full: {_per_hundred(pairs):+.2f}"
        f" (95 % of resamplings: {low:+.2f} to {high:+.2f})."
    )


def _figures(pairs: Sequence[Pair]) -> list[str]:
    characters = sum(len(plain(pair.clip.text)) for pair in pairs)
    outcomes = [[pair.full for pair in pairs], [pair.fitted for pair in pairs]]
    words = [sum(map(Pair.wrong_words, pairs, some)) for some in outcomes]
    letters = [sum(map(Pair.wrong_characters, pairs, some)) / characters for some in outcomes]
    languages = [
        sum(o.language != pair.clip.language for pair, o in zip(pairs, some, strict=True))
        for some in outcomes
    ]
    cpu, wall = (
        [sum(getattr(o, name) for o in some) for some in outcomes]
        for name in ("cpu_seconds", "wall_seconds")
    )
    return [
        str(len(pairs)),
        str(sum(pair.words() for pair in pairs)),
        *map(str, words),
        *(f"{share:.1%}" for share in letters),
        str(sum(pair.difference > 0 for pair in pairs)),
        str(sum(pair.difference < 0 for pair in pairs)),
        *map(str, languages),
        f"{sum(pair.fell_back for pair in pairs) / len(pairs):.0%}",
        f"{cpu[1] / cpu[0]:.2f}",
        f"{wall[1] / wall[0]:.2f}",
    ]


def _per_hundred(pairs: Sequence[Pair]) -> float:
    return 100 * sum(pair.difference for pair in pairs) / sum(pair.words() for pair in pairs)


def _interval(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Between which 95 of a hundred such sets of clips lie."""
    dice = random.Random(1)
    each = [(pair.difference, pair.words()) for pair in pairs]
    sums = [
        (sum(d for d, _ in some), sum(w for _, w in some))
        for some in (dice.choices(each, k=len(each)) for _ in range(_RESAMPLINGS))
    ]
    ranked = sorted(100 * difference / words for difference, words in sums)
    return ranked[_RESAMPLINGS // 40], ranked[-_RESAMPLINGS // 40]


def _tell(pair: Pair) -> None:
    clip = pair.clip
    sys.stderr.write(
        f"{clip.language} {clip.speaker}, {clip.condition}, {clip.seconds:.1f} s"
        f"{'' if pair.is_told else ', language detected'}, {pair.difference:+d}: {clip.text}\n"
        f"  full {pair.full.language}: {pair.full.text}\n"
        f"  fitted {pair.fitted.language}: {pair.fitted.text}"
        f" (windows of {', '.join(map(str, pair.fitted.frames))})\n"
    )


if __name__ == "__main__":
    main()
