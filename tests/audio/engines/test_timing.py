"""When each word of a speech sounds: exact between pieces, shared by letters within one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.base import AudioChunk, Said
from audio.engines.speech.timing import Spoken, Timing, Written, as_written, characters, shared

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


def _one_second_each(text: str) -> list[Spoken]:
    return [Spoken(word, float(at), at + 1.0) for at, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("written", "said", "times"),
    [
        ("plain words stay.", "plain words stay.", [(0, 1), (1, 2), (2, 3)]),
        ("It costs $5.", "It costs five dollars.", [(0, 1), (1, 2), (2, 4)]),
        ("$5 is 10-20% of it", "five dollars is ten to twenty percent of it",
         [(0, 2), (2, 3), (3, 7), (7, 8), (8, 9)]),
        ("$5 million now", "five million dollars now", [(0, 1), (1, 3), (3, 4)]),
        ("Dr. No paid", "Doctor No paid", [(0, 1), (1, 2), (2, 3)]),
        ("on 2024-03-15 at 5", "on March fifteenth twenty twenty four at five",
         [(0, 1), (1, 6), (6, 7), (7, 8)]),
        ("1234567890123456789 x", " ".join(["one"] * 60) + " x", [(0, 60), (60, 61)]),
    ],
)  # fmt: skip
def test_words_of_the_text_have_the_times_of_what_is_said_for_them(
    written: str, said: str, times: list[tuple[int, int]]
) -> None:
    found = as_written(_one_second_each(said), written)

    assert [word.text for word in found] == written.split()
    assert [(word.start, word.end) for word in found] == times


def test_words_written_short_in_a_row_share_their_time() -> None:
    first, second, third = as_written(_one_second_each("five to six at noon"), "5-6 12 noon")

    assert (first.start, second.end) == (0, 4)
    assert first.end <= second.start
    assert (third.text, third.start) == ("noon", 4)


def test_what_is_found_nowhere_again_shares_the_time_that_is_left() -> None:
    found = as_written(_one_second_each("one two three four"), "1 2 3")

    assert [word.text for word in found] == ["1", "2", "3"]
    assert (found[0].start, found[-1].end) == (0, 4)


@given(st.lists(st.sampled_from(["a", "b", "5", "$5", "x."])), st.lists(st.sampled_from("abc")))
def test_times_of_written_words_never_run_back(written: list[str], said: list[str]) -> None:
    found = as_written(_one_second_each(" ".join(said)), " ".join(written))

    moments = [moment for word in found for moment in (word.start, word.end)]
    assert moments == sorted(moments)
    assert len(found) <= len(written)


def test_words_that_come_piece_by_piece_are_found_as_those_of_the_whole() -> None:
    spoken = _one_second_each("it costs five dollars today and ten euros tomorrow")
    written = "It costs $5 today, and 10 € tomorrow."
    whole = as_written(spoken, written)
    assert " ".join(word.text for word in whole) == "It costs $5 today, and 10 tomorrow."
    for cut in range(len(spoken)):
        pieces = Written(written)
        found = pieces.taken(spoken[:cut])
        assert found == whole[: len(found)]
        assert [*found, *pieces.taken(spoken[cut:], last=True)] == whole
