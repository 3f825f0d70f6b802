"""Minutes of speech in batches: each sentence once, in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import cycle

import numpy as np
import pytest

from audio.engines.base import AudioChunk, Segment, SpeechEngine, Word
from audio.engines.transcription.voice_activity import longest_pause
from tests.audio.engines.conftest import Samples, for_whisper

RATE = 16_000
SENTENCES = (
    "The mill stood where the two streams met, and nobody remembered who had built it.",
    "In spring the wheel turned day and night, and flour lay on the road like late snow.",
    "My grandfather slept beside the stones, because he woke when they fell silent.",
    "He said that a mill is like a clock, you only hear it when it stops.",
    "One morning he went out into the cold, and looked at the river for a long time.",
    "The water was low, and between the stones there were small green fish.",
    "We ate bread and cheese that evening, and my mother sang a song from the mountains.",
    "Then it began to rain, and it did not stop until the end of the week.",
    "The ferry leaves the island at seven, long before the bakery opens.",
    "In winter the harbor master reads old letters by the window.",
    "Nobody knows who painted the lighthouse green.",
    "A good map shows where the water is shallow and where the rocks are.",
    "The children learned to row before they could write their names.",
    "On market days the square smells of bread, oranges and wet rope.",
    "My neighbor repairs clocks and never knows what time it is.",
    "The train across the bridge was late again, so we walked along the shore.",
    "She planted apple trees behind the school and waited nine years.",
    "When the wind turns north, the fishermen stay at home and mend their nets.",
    "The library keeps a list of every book that was never returned.",
    "Two brothers built the house, and only one of them was paid.",
    "The doctor drove through the snow to reach the last farm in the valley.",
    "Her uncle wrote a letter to the king and never received an answer.",
    "At noon the bells of both churches ring, but not at the same moment.",
    "The old captain told the same story every night, and it was different each time.",
)
PAUSES = (0.3, 0.5, 0.8, 0.4, 3.0)
"""The longest one is cut out before the model hears anything."""


@pytest.fixture(scope="module")
def recording(
    kokoro: SpeechEngine, say: Callable[..., list[AudioChunk]]
) -> tuple[Samples, list[float]]:
    """Two voices, and the second at which each sentence begins."""
    parts: list[Samples] = []
    starts: list[float] = []
    for text, voice, pause in zip(SENTENCES, cycle(("af_heart", "bm_george")), cycle(PAUSES)):
        starts.append(sum(map(len, parts)) / RATE)
        spoken = for_whisper(say(kokoro, voice, text))
        parts += [spoken, np.zeros(int(pause * RATE), np.float32)]
    return np.concatenate(parts), starts


def plain(text: str) -> list[str]:
    return re.sub(r"[^a-z ]", "", text.lower().replace("-", " ")).split()


@pytest.mark.thorough
def test_each_sentence_stands_once_in_its_place(
    hear: Callable[..., list[Segment]], recording: tuple[Samples, list[float]]
) -> None:
    samples, starts = recording
    assert len(samples) > 90 * RATE, "several windows"

    segments = hear(samples, words=True)

    words = [word for segment in segments for word in segment.words]
    assert [word.start for word in words] == sorted(word.start for word in words)
    heard = [plain(word.text) for word in words]
    firsts, said = {}, []
    for text, start in zip(SENTENCES, starts, strict=True):
        firsts[len(said)] = start
        said += plain(text)
    spoken = [(letters, word) for word, some in zip(words, heard, strict=True) for letters in some]
    matches = SequenceMatcher(None, said, [letters for letters, _ in spoken], autojunk=False)
    placed: dict[int, Word] = {}
    for one, other, size in matches.get_matching_blocks():
        placed |= {one + each: spoken[other + each][1] for each in range(size)}
    assert len(placed) >= 0.95 * len(said)
    assert len(spoken) <= 1.03 * len(said), "nothing is said twice"
    late = {said[n]: placed[n].start - start for n, start in firsts.items() if n in placed}
    assert max(map(abs, late.values())) <= 0.5, late


@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_the_longest_pause_is_where_nobody_speaks(
    kokoro: SpeechEngine, say: Callable[..., list[AudioChunk]], seconds: float
) -> None:
    first, second = (
        for_whisper(say(kokoro, "af_heart", text))
        for text in ("Open the window.", "Close the door.")
    )
    quiet = np.zeros(int(seconds * RATE), np.float32)
    samples = np.concatenate([first[len(first) // 2 :], quiet, second[: len(second) // 2]])

    pause = longest_pause(samples)

    assert pause
    middle = (pause["start"] + pause["end"]) / 2
    before = len(first) - len(first) // 2
    assert before - 0.4 * RATE < middle < before + len(quiet) + 0.4 * RATE


def test_speech_from_end_to_end_has_no_pause(
    kokoro: SpeechEngine, say: Callable[..., list[AudioChunk]]
) -> None:
    spoken = for_whisper(say(kokoro, "af_heart", "You only hear it when it is gone."))
    middle = spoken[len(spoken) // 2 - RATE // 3 : len(spoken) // 2 + RATE // 3]

    assert longest_pause(np.tile(middle, 3)) is None
