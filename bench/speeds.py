"""How well Kokoro is understood at each speed, by how far its own pace is changed.

`python -m bench.speeds`: sixty sentences by six voices, ten at each speed (`--each 60`: all of
them). The model is asked for a pace, and what is missing is stretched; Whisper writes down what it
hears, and wrong words are counted. Five minutes on two cores, half an hour for all.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from numpy.typing import NDArray

from audio.engines.base import WHISPER_SAMPLE_RATE
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import SAMPLE_RATE, KokoroEngine, own_pace, spoken
from audio.engines.speech.tempo import stretched
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.report import table
from tests.harness.programs import ROOT

VOICES = ("af_nova", "af_heart", "am_michael", "am_onyx", "bf_emma", "bm_george")
SPEEDS = (0.5, 2.0, 0.7, 1.5, 0.25, 3.0, 4.0)
RULES: dict[str, Callable[[float], float]] = {
    "the model at 0.5 to 2": lambda speed: min(max(speed, 0.5), 2.0),
    "the model at 0.8 to 1.25": own_pace,
}
SENTENCES = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()
PAUSE = np.zeros(SAMPLE_RATE, np.float32)
"""Behind each sentence."""
_words = jiwer.Compose(
    [jiwer.ToLowerCase(), jiwer.RemovePunctuation(), jiwer.RemoveMultipleSpaces(), jiwer.Strip()]
)


class Listening:
    """Speaks with Kokoro and listens with Whisper."""

    def __init__(self, models_dir: Path) -> None:
        config = EngineConfig(models_dir=models_dir, engine_threads=2)
        self._kokoro, self._whisper = KokoroEngine(config), FasterWhisperEngine(config)
        self._kokoro.load()

    def said(self, voice: str, text: str, speed: float, pace: float) -> NDArray[np.float32]:
        """pace: the model's own; the rest of the speed is stretched."""
        language = "en-gb" if voice[0] == "b" else "en-us"
        model: Any = self._kokoro._opened()
        style = self._kokoro._style(voice, model)
        sounds = spoken(text, model, style, language, pace)
        if pace != speed:
            sounds = stretched(sounds, speed / pace, sample_rate=SAMPLE_RATE)
        return np.concatenate([*(sound.samples for sound in sounds), PAUSE])

    def heard(self, samples: NDArray[np.float32]) -> str:
        times = np.arange(0, len(samples) / SAMPLE_RATE, 1 / WHISPER_SAMPLE_RATE)
        heard = np.interp(times, np.arange(len(samples)) / SAMPLE_RATE, samples)
        found = self._whisper.transcribe(
            heard.astype(np.float32),
            task="transcribe",
            language="en",
            prompt=None,
            temperature=0.0,
            word_timestamps=False,
        )
        return "".join(segment.text for segment in found.segments).strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.speeds", description=__doc__)
    parser.add_argument("--each", type=int, default=10, help="sentences at each speed")
    each: int = parser.parse_args().each
    listening = Listening(Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models"))
    print(f"{each} sentences at each speed: wrong words, of so many\n", flush=True)
    rows = []
    for number, speed in enumerate(SPEEDS):
        # each voice comes to each speed
        texts = (SENTENCES[number :: len(SPEEDS)] + SENTENCES)[:each]
        asked = [(text, VOICES[at % len(VOICES)]) for at, text in enumerate(texts)]
        wrong: dict[float, int] = {}
        for pace in (rule(speed) for rule in RULES.values()):
            if pace not in wrong:
                wrong[pace] = _wrong_words(listening, asked, speed, pace)
        words = len(_words(" ".join(texts)).split())
        rows.append([speed, words, *(wrong[rule(speed)] for rule in RULES.values())])
    sums = ["all", *(sum(row[column] for row in rows) for column in range(1, 2 + len(RULES)))]
    cells = [[f"{row[0]:g}", *map(str, row[1:])] for row in rows]
    print(table(["speed", "words", *RULES], [*cells, [str(each) for each in sums]]))


def _wrong_words(
    listening: Listening, asked: list[tuple[str, str]], speed: float, pace: float
) -> int:
    """Words misheard, left out or added, when these are said one after the other."""
    sounds = [listening.said(voice, text, speed, pace) for text, voice in asked]
    heard = listening.heard(np.concatenate(sounds))
    said = " ".join(text for text, _voice in asked)
    found = jiwer.process_words(_words(said), _words(heard) or "nothing")
    wrong = found.substitutions + found.deletions + found.insertions
    sys.stderr.write(f"{speed:g}, the model at {pace:g}: {wrong} wrong in: {heard}\n")
    return int(wrong)


if __name__ == "__main__":
    main()
