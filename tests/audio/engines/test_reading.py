# ruff: noqa: RUF001 - letters of phonetics, meant as they are
"""A text read aloud: every stretch in its turn, each when it is wanted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.base import Said, UnspeakableText
from audio.engines.speech.reading import in_words, read_aloud, spoken_text
from audio.engines.speech.sound import Sound
from audio.engines.speech.text import clean

RATE = 1000
"""Hz: a sample is a millisecond."""
ONE = np.ones(1, np.float32)


class Reader:
    """Says one sample for each letter, and remembers what it was given."""

    def __init__(self, *, mute: str = "") -> None:
        self.given: list[str] = []
        self.mute = mute

    def __call__(self, text: str) -> Iterator[Sound]:
        self.given.append(text)
        yield from (
            Sound(ONE, (Said(character, at=0.0),))
            for character in text
            if character not in self.mute
        )


def said(text: str, reader: Reader) -> str:
    """The audio as text: 1 for a sample of sound, 0 for one of silence."""
    chunks = read_aloud(text, reader, language="en-US", sample_rate=RATE)
    return "".join(str(int(sample)) for chunk in chunks for sample in chunk.samples)


def test_silence_and_speech_come_in_the_order_of_the_text() -> None:
    text = '<break time="2ms"/>abc<break time="3ms"/><break time="1ms"/>de<break time="2ms"/>'
    assert said(text, Reader()) == "00" + "111" + "0000" + "11" + "00"


def test_each_piece_says_its_text() -> None:
    chunks = read_aloud('ab <break time="2ms"/> c', Reader(), language="en-US", sample_rate=RATE)
    assert [[each.text for each in chunk.said] for chunk in chunks] == [["a"], ["b"], [], ["c"]]


def test_a_stretch_is_spoken_when_it_is_wanted() -> None:
    reader = Reader()
    chunks = read_aloud('a <break time="1ms"/> b', reader, language="en", sample_rate=RATE)

    next(chunks)
    assert reader.given == ["a"]
    list(chunks)
    assert reader.given == ["a", "b"]


def test_a_stretch_without_a_sound_leaves_its_silence() -> None:
    assert said('x <break time="2ms"/> ab', Reader(mute="x")) == "00" + "11"


def test_nothing_leaves_when_nothing_sounds() -> None:
    chunks = read_aloud('<break time="9s"/>xx', Reader(mute="x"), language="en", sample_rate=RATE)
    with pytest.raises(UnspeakableText):
        next(chunks)


def test_a_voice_is_given_words_of_its_language() -> None:
    text = "Um 15:30 für 5 kg: Привет."
    assert in_words(clean(text), "en-US") == "Um fifteen thirty für five kilograms: Privet."
    assert in_words(clean(text), "de-DE") == "Um fünfzehn Uhr dreißig für fünf Kilogramm: Privet."
    assert in_words(clean(text), "ru-RU") == "Um 15:30 für 5 kg: Привет."
    assert in_words("03/04/2024", "en-GB") == "the third of April twenty twenty four"
    assert in_words("03/04/2024", "en-US") == "March fourth twenty twenty four"


def test_phonetic_letters_between_slashes_stay() -> None:
    text = clean("A /təˈmeɪtoʊ/, for $5 and/or /and/ this /θɪŋk/.")
    said = "A /təˈmeɪtoʊ/, for five dollars and or /and/ this /θɪŋk/."
    assert in_words(text, "en-US") == said


def test_words_with_their_phonemes_are_told_as_they_are_written() -> None:
    text = "One [tomato](/təˈmeɪtoʊ/) for $5."
    assert spoken_text(text, "en-US") == "One tomato for five dollars."


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Ask Dr. [Nguyen](/nwɪn/) now.", "en-US", "Ask Doctor Nguyen now."),
        ("He lives on St. [Johns](/dʒɒnz/) 5.", "en-US", "He lives on Saint Johns five."),
        ("Dr. [Nguyen](/nwɪn/) um 15:30.", "de", "Doktor Nguyen um fünfzehn Uhr dreißig."),
        ("La Sra. [Nguyen](/nwɪn/) tiene 3.", "es", "La señora Nguyen tiene tres."),
        ("See e.g. [nginx](/ɛn/)[nginx](/ɛn/) 2.", "en-US", "See for example nginxnginx two."),
        ("A xalomav [nginx](/ɛn/) 2.", "en-US", "A xalomav nginx two."),
    ],
)  # fmt: skip
def test_a_word_with_its_phonemes_is_one_of_its_sentence(
    text: str, language: str, said: str
) -> None:
    assert spoken_text(text, language) == said


@given(st.text(max_size=200))
def test_the_words_after_any_text_are_kept(text: str) -> None:
    assert in_words(clean(text + " The lazy dog sleeps."), "en-US").endswith("lazy dog sleeps.")
