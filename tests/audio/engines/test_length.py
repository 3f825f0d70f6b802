# ruff: noqa: RUF001 - texts of many scripts, meant as they are
"""How long a text will sound: near enough to what it does sound, and hardly ever too short."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest

from audio.engines.base import AudioChunk, SpeechEngine
from audio.engines.speech.length import USUAL_PACE_MS, Length, length, pace_ms
from tests.audio.engines.conftest import seconds

Say = Callable[..., list[AudioChunk]]

TEXTS = [
    "The ferry leaves the island at seven, long before the bakery opens its green shutters.",
    "Yes.",
    "Thank you very much!",
    "Call (555) 123-4567 on 03/04/2026 at 10:45, room 217.",
    "1234567890",
    "It cost $1,234.56, or 17% more than in 1998.",
    "The WHO, the EU and NASA met at the UN; www.example.org has the minutes.",
    "km kg lb xwqz IBM",
    "- milk\n- two dozen eggs\n- a light bulb (E27)\n- stamps",
    "“Why not?” she asked — and left… ‘Wait!’",
    'One moment. <break time="700ms"/> Here it is.',
    "Привет, как дела? 你好，我们明天见。",
    "Wograkinvex, Hutemtemsto and Zenbacorjol",
]


def test_what_is_held_is_hardly_more_than_what_is_spoken(piper: SpeechEngine, say: Say) -> None:
    """A sentence of 72 characters was held for as ten seconds, and lasted four and a half."""
    joe = piper.voices()[0]
    spoken = [seconds(say(piper, joe.name, text)) for text in TEXTS]

    pace = pace_ms(TEXTS, spoken, joe.language)
    longest = [length(text, joe.language).longest_ms(pace, 1.0) / 1000 for text in TEXTS]

    shares = [held / took for held, took in zip(longest, spoken, strict=True)]
    assert min(shares) > 1, dict(zip(TEXTS, shares, strict=True))
    assert statistics.median(shares) <= 1.35


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1234567890", "one billion two hundred thirty four million five hundred sixty seven"),
        ("www www www", "double u double u double u double u double u double u double u"),
        ("FBI", "eff bee eye"),
        ("xwqz", "ex double u q zed"),
        ("5 ≤ 6 ± 1", "five less than six plus minus one"),
    ],
)
def test_what_is_spelt_or_said_in_words_counts_as_it_is_spoken(written: str, spoken: str) -> None:
    assert length(written, "en-US").beats > 0.7 * length(spoken, "en-US").beats


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Fähre fährt um sieben Uhr morgens ab."),
        ("pt-PT", "O barco parte às sete da manhã."),
        ("ja", "船は朝の七時に出て、いつ戻るかは誰も知りません。"),
        ("zh-CN", "船早上七点出发，没有人知道它什么时候回来。"),
        ("und", "The ferry leaves at seven in the morning."),
        ("tlh", "The ferry leaves at seven in the morning."),
    ],
)
def test_every_language_has_a_length(language: str, text: str) -> None:
    """What 1 s of speech is in any language: five to fifteen characters of an alphabet."""
    assert 1500 < length(text, language).usual_ms(USUAL_PACE_MS, 1.0) < 8000


@pytest.mark.parametrize("language", ["en-US", "ja", "zh"])
def test_phonemes_that_a_text_gives_are_counted(language: str) -> None:
    given = " ".join(["[。](/kamemɐkamemɐkamemɐ/)"] * 20)
    spoken_ms = length("kamemakamemakamema " * 20, "en-US").usual_ms(USUAL_PACE_MS, 1.0)
    assert length(given, language).usual_ms(USUAL_PACE_MS, 1.0) > 0.7 * spoken_ms


def test_breaks_are_as_long_at_every_speed() -> None:
    said = length('One <break time="2s"/> two.', "en-US")

    assert said.breaks_ms == 2000
    slow, fast = said.usual_ms(100.0, 1.0) - 2000, said.usual_ms(100.0, 4.0) - 2000
    assert fast == pytest.approx(slow / 4, abs=1)
    assert said.longest_ms(100.0, 4.0) > said.usual_ms(100.0, 4.0)


def test_the_pace_is_what_the_lines_took() -> None:
    lines = ["One, two, three.", "The ferry leaves at seven."]
    beats = [length(line, "en-US").beats for line in lines]

    assert pace_ms(lines, [b * 0.08 for b in beats], "en-US") == pytest.approx(80.0)
    assert Length(beats=10.0, breaks_ms=0).usual_ms(80.0, 1.0) == 800
