"""When each word of a speech sounds: exact between pieces, shared by letters within one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audio.engines.base import AudioChunk, Said
from audio.engines.speech.timing import Spoken, Timing, characters, shared

RATE = 1000


def sound(seconds: float, *said: Said) -> AudioChunk:
    return AudioChunk(np.ones(round(seconds * RATE), np.float32), RATE, said)


def silence(seconds: float) -> AudioChunk:
    return AudioChunk(np.zeros(round(seconds * RATE), np.float32), RATE)


def test_each_piece_keeps_its_own_time_and_pauses_belong_to_none() -> None:
    timing = Timing()
    timing.hear(sound(1.0, Said("One", at=0.0)))
    timing.hear(sound(1.5, Said("two", at=0.5, pause=0.5)))
    timing.hear(silence(2.0))
    timing.hear(sound(1.0, Said("three", at=0.0)))

    assert timing.words("") == [
        Spoken("One", 0.0, 1.0), Spoken("two", 1.5, 2.5), Spoken("three", 4.5, 5.5)
    ]  # fmt: skip


def test_sound_that_names_no_text_goes_on_with_the_piece_before() -> None:
    timing = Timing()
    timing.hear(sound(1.0, Said("All of it.", at=0.0)))
    timing.hear(sound(1.0))

    words = timing.words("")

    assert [word.text for word in words] == ["All", "of", "it."]
    assert words[-1].end == 2.0
    assert timing.letters == len("All of it.")


def test_two_pieces_may_begin_in_one_chunk() -> None:
    timing = Timing()
    timing.hear(sound(2.0, Said("a", at=0.0), Said("b", at=1.2, pause=0.2)))
    assert timing.words("") == [Spoken("a", 0.0, 1.0), Spoken("b", 1.2, 2.0)]


def test_an_engine_that_tells_nothing_has_its_whole_text_shared() -> None:
    timing = Timing()
    timing.hear(sound(3.0))

    words = timing.words("one two - three")

    assert [word.text for word in words] == ["one", "two", "three"]
    assert (words[0].start, words[-1].end) == (0.0, 3.0)


def test_a_piece_that_begins_after_the_end_is_at_the_end() -> None:
    timing = Timing()
    timing.hear(sound(1.0, Said("late", at=1.2)))
    assert timing.words("") == [Spoken("late", 1.0, 1.0)]


def test_long_words_digits_and_marks_take_longer() -> None:
    a, extraordinary, b = shared(["a", "extraordinary,", "b"], 0.0, 10.0)
    assert extraordinary.end - extraordinary.start > 4 * (a.end - a.start)
    assert b.start > extraordinary.end, "a comma is a pause"
    letters, digits = shared(["abcd", "1234"], 0.0, 1.0)
    assert digits.end - digits.start > 2 * (letters.end - letters.start)


@pytest.mark.parametrize("text", ["漢字です。", "你好,世界"])
def test_scripts_without_spaces_have_a_word_for_each_character(text: str) -> None:
    timing = Timing()
    timing.hear(sound(2.0, Said(text, at=0.0)))

    words = timing.words("")

    assert "".join(word.text for word in words) == text
    assert len(words) >= 4
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))


def test_characters_fill_the_time_of_their_word() -> None:
    found = list(characters([Spoken("ab", 1.0, 2.0), Spoken("c", 3.0, 4.0)]))
    assert found == [Spoken("a", 1.0, 1.5), Spoken("b", 1.5, 2.0), Spoken("c", 3.0, 4.0)]
