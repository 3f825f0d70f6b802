"""A dictionary of pronunciations, put into texts as people send them."""

# ruff: noqa: RUF001 - IPA and other scripts, meant as they are
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.speech.pronouncing import LexiconEntry, phonemes_of, pronounced
from audio.engines.speech.text import clean, script

NGINX = LexiconEntry("nginx", "engine ex")
SPELT = LexiconEntry("GIF", "/dʒˈɪf/")


def put(text: str, *entries: tuple[str, str] | tuple[str, str, bool]) -> str:
    return pronounced(text, [LexiconEntry(*entry) for entry in entries])


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("nginx, NGINX and Nginx’s", "engine ex, engine ex and engine ex’s"),
        ("(nginx) “nginx” nginx-based.", "(engine ex) “engine ex” engine ex-based."),
        ("nginxed xnginx nginx2 nginx_ _nginx", "nginxed xnginx nginx2 nginx_ _nginx"),
        ("https://nginx.example/nginx", "https://nginx.example/nginx"),
        ("www.nginx.example, a@nginx.example", "www.nginx.example, a@engine ex.example"),
        ("[nginx docs](/nginx/) and <nginx a='b'>", "[engine ex docs](/nginx/) and <nginx a='b'>"),
        ("[nginx](/ˈɛn/) or /nˈginx/", "[nginx](/ˈɛn/) or /nˈginx/"),
        ("", ""),
    ],
)  # fmt: skip
def test_whole_words_are_replaced_and_nothing_else(text: str, is_said: str) -> None:
    assert pronounced(text, [NGINX]) == is_said


def test_phonemes_stand_beside_the_word() -> None:
    assert pronounced("A gif.", [SPELT]) == "A [gif](/dʒˈɪf/)."
    assert clean(pronounced("A gif.", [SPELT])) == "A gif."
    assert phonemes_of("/dʒˈɪf/") == "dʒˈɪf"
    assert phonemes_of("/and/or/") is None


@pytest.mark.parametrize(
    "tag",
    ['<break time="1s"/>', "[pause:1s]", "&nbsp;", "[long pause]", "[laughs]", "[speed:1.2]"],
)
def test_what_directs_a_voice_still_does(tag: str) -> None:
    words = [("break", "x"), ("time", "x"), ("pause", "x"), ("1s", "x"), ("nbsp", "x")]
    words += [("long", "x"), ("laughs", "x"), ("speed", "x")]
    assert put(f"one {tag} two", *words) == f"one {tag} two"


def test_case_counts_where_it_is_told_to() -> None:
    assert put("US and us", ("US", "U. S.", True)) == "U. S. and us"
    assert put("US and us", ("US", "a", True), ("us", "b")) == "a and b"


def test_the_longest_word_wins_and_what_was_put_in_is_left_alone() -> None:
    entries = [("New York", "Nu Yok"), ("York", "Jork"), ("Nu", "never")]
    assert put("New York, York", *entries) == "Nu Yok, Jork"


@pytest.mark.parametrize(
    ("text", "word", "is_said"),
    [
        ("C++ and C", "C++", "X and C"),
        ("C++11", "C++", "C++11"),
        (".NET, ASP.NET", ".NET", "X, ASP.NET"),
        ("O’Reilly and O'Reilly", "O'Reilly", "X and X"),
        ("Straße STRASSE", "straße", "X STRASSE"),
        ("cafe\u0301 café cafés", "café", "X X cafés"),
        ("東京都", "東京", "X都"),
        ("ประเทศไทย", "ไทย", "ประเทศX"),
        ("नमस्ते नम", "नम", "नमस्ते X"),
        ("İstanbul", "istanbul", "İstanbul"),
        ("ПРИВЕТ мир", "привет", "X мир"),
        ("🎉party🎉", "🎉", "XpartyX"),
    ],
)
def test_words_of_every_script(text: str, word: str, is_said: str) -> None:
    assert put(text, (word, "X")) == is_said


@given(st.text(max_size=100), st.lists(st.text(min_size=1, max_size=5), max_size=5))
def test_no_text_and_no_word_is_an_error(text: str, words: list[str]) -> None:
    script(put(text, *((word, "x") for word in words)))


@given(st.text(max_size=100))
def test_without_a_dictionary_a_text_is_what_it_was(text: str) -> None:
    assert pronounced(text, []) == text
