"""Kokoro's phonemes: what espeak is given, and what comes back."""

# ruff: noqa: RUF001 - IPA, meant as it is
from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from audio.engines.base import SpeechEngine
from audio.engines.speech import phonemes as module
from audio.engines.speech.phonemes import phonemes, speaks


@pytest.fixture(autouse=True)
def _library(kokoro: SpeechEngine) -> None:
    """Loading Kokoro tells phonemizer where its espeak-ng lies."""
    kokoro.load()


def test_marks_between_words_stay_and_those_inside_numbers_are_read() -> None:
    spoken = phonemes("It is 3.14, see example.com (or call).", "en-us")

    assert "pɔɪnt" in spoken
    assert "dˈɑːt kˈɑːm" in spoken
    assert spoken.count(",") == 1
    assert spoken.count(".") == 1
    assert "(ɔːɹ kˈɔːl)" in spoken


def test_marks_of_other_scripts_become_marks_that_kokoro_knows() -> None:
    spoken = phonemes("नमस्ते। क्या؟", "hi")

    assert spoken.endswith("?")
    assert ". " in spoken


def test_a_foreign_word_leaves_no_language_flag() -> None:
    assert "(" not in phonemes("Le computer et le weekend.", "fr-fr")


def test_threads_do_not_mix_languages() -> None:
    cases = [("Good morning, my friends.", "en-us"), ("Buenos días, amigos míos.", "es")] * 20
    expected = [phonemes(*case) for case in cases]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda case: phonemes(*case), cases)) == expected


class Reading:
    """A library of pronunciation that reads everything alike, or breaks."""

    def __init__(self, said: str | Exception) -> None:
        self.said = said

    def __call__(self, text: str) -> tuple[str, None]:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said, None


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What Mandarin needs, and most of what Japanese needs."""
    there = {"misaki", "jieba", "pypinyin", "cn2an", "ordered_set", "fugashi"}
    monkeypatch.setattr(module, "find_spec", lambda name: name if name in there else None)
    module._works.cache_clear()
    yield
    module._works.cache_clear()


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("said", "works"),
    [
        (module._TRIALS["zh"][1], True),
        ("", False),
        ("something else", False),
        (OSError("no dictionary"), False),
    ],
    ids=["well", "nothing", "wrong", "broken"],
)
def test_japanese_and_mandarin_need_their_own_library_and_that_it_works(
    monkeypatch: pytest.MonkeyPatch, said: str | Exception, works: bool
) -> None:
    monkeypatch.setattr(module, "_misaki", lambda language: Reading(said))

    assert speaks("zh") is works
    assert not speaks("ja")
    assert speaks("en-us")


def test_words_of_other_languages_amid_chinese_are_read_as_english_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_misaki", lambda language: lambda text: (f"<{text}>", None))

    assert phonemes("我用Hello World吧。", "zh") == "<我用> həlˈoʊ wˈɜːld <吧。>"


def test_what_is_written_in_phonetic_letters_is_taken_as_it_is() -> None:
    assert phonemes("/tʃiːz/ is good.", "en-us").startswith("tʃiːz ɪz")
    assert "/" not in phonemes("I like /tʃiːz/, and/or /and/ bread.", "en-us").replace("slash", "")
    assert "tʃiːz" in phonemes("I like /tʃiːz/.", "en-us")
