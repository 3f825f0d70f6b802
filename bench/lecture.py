"""A long recording whose words and times are known: Piper reads sentences, in numbered parts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.engines.config import EngineConfig
from audio.engines.speech.piper import PiperEngine

PART_SECONDS = 20.0
MAX_PARTS = 999
"""Five hours and a half."""
_SENTENCES = (
    "The ferry leaves the island at seven, long before the bakery opens.",
    "In winter the harbour master reads old letters by the window.",
    "Nobody remembers who painted the lighthouse green.",
    "A good map shows where the water is shallow and where the rocks are.",
    "The children learned to row before they could write their names.",
    "On market days the square smells of bread, oranges and wet rope.",
    "My neighbour repairs clocks and never knows what time it is.",
    "The train across the bridge was late again, so we walked along the river.",
    "She planted apple trees behind the school and waited nine years.",
    "When the wind turns north, the fishermen stay at home and mend their nets.",
    "The library keeps a list of every book that was never returned.",
    "Two brothers built the mill, and only one of them was paid.",
)
_MARK = re.compile(r"\bnumber,? ([\w-]+(?: \w+){0,3})", re.IGNORECASE)
"""What "part" sounds like is not always told."""
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Lecture:
    """samples: int16, mono, shape (n,). marks: part number -> the second at which it is said."""

    samples: NDArray[np.int16]
    rate: int
    marks: dict[int, float]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def lecture(models_dir: Path, *, seconds: float) -> Lecture:
    """Each part begins with its number, and then has sentences in an order of its own."""
    speaker = _Speaker(models_dir)
    dice = random.Random(1)
    parts: list[NDArray[np.int16]] = []
    marks: dict[int, float] = {}
    length = 0
    for number in range(1, MAX_PARTS + 1):
        if length >= seconds * speaker.rate:
            break
        marks[number] = length / speaker.rate
        for piece in _part(number, speaker, dice):
            parts.append(piece)
            length += len(piece)
    return Lecture(np.concatenate(parts), speaker.rate, marks)


def numbers_said(text: str) -> list[int]:
    """The numbers of the parts that a transcript announces, in figures or in words."""
    found = (_number(match[1].lower()) for match in _MARK.finditer(text))
    return [number for number in found if number is not None]


class _Speaker:
    """Says the same words only once, and remembers how they sounded."""

    def __init__(self, models_dir: Path) -> None:
        self._engine = PiperEngine(EngineConfig(models_dir=models_dir))
        self._voice = self._engine.voices()[0]
        self._said: dict[str, NDArray[np.int16]] = {}
        self.rate = 0
        self.say(_SENTENCES[0])

    def say(self, text: str) -> NDArray[np.int16]:
        if text not in self._said:
            voice = self._voice
            spoken = self._engine.speak(text, voice=voice.name, language=voice.language, speed=1.0)
            chunks = list(spoken)
            self.rate = chunks[0].sample_rate
            samples = np.concatenate([chunk.samples for chunk in chunks])
            self._said[text] = (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
        return self._said[text]

    def pause(self, seconds: float) -> NDArray[np.int16]:
        return np.zeros(int(seconds * self.rate), np.int16)


def _part(number: int, speaker: _Speaker, dice: random.Random) -> Iterator[NDArray[np.int16]]:
    length = 0
    for text in _texts(number, dice):
        for piece in (speaker.say(text), speaker.pause(dice.uniform(0.2, 0.8))):
            yield piece
            length += len(piece)
        if length > PART_SECONDS * speaker.rate:
            break
    yield speaker.pause(dice.uniform(0.5, 3.0))


def _texts(number: int, dice: random.Random) -> Iterable[str]:
    return [f"Part number {number}.", *dice.sample(_SENTENCES, len(_SENTENCES))]


def _number(words: str) -> int | None:
    """Of digits, or of the words that begin with a number below a thousand."""
    if words.split(maxsplit=1)[0].isdigit():
        return int(words.split(maxsplit=1)[0])
    total, known = 0, False
    for word in words.replace("-", " ").split():
        if word in _ONES:
            total += _ONES.index(word)
        elif word in _TENS:
            total += 20 + 10 * _TENS.index(word)
        elif word == "hundred":
            total *= 100
        elif word != "and":
            break
        known = True
    return total if known else None
