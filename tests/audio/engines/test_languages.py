from __future__ import annotations

import pytest

from audio.engines.languages import LANGUAGE_CODES, is_auto, language_name, whisper_code


def test_every_language_of_whisper_has_a_name() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(_LANGUAGE_CODES) == LANGUAGE_CODES
    names = [language_name(code) for code in LANGUAGE_CODES]
    assert all(name == name.lower() for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "english"),
        ("yue", "cantonese"),
        ("ht", "haitian creole"),
        ("jv", "javanese"),
        ("nb", "norwegian"),
        ("fil", "tagalog"),
        ("iw", "hebrew"),
    ],
)
def test_a_code_has_its_english_name(code: str, name: str) -> None:
    assert whisper_code(code) is not None
    assert language_name(code) == name


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en-US", "en"),
        ("EN_us", "en"),
        ("zh-CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("pt-BR", "pt"),
        ("es-419", "es"),
        ("nb-NO", "no"),
        ("yue-HK", "yue"),
        ("English", "en"),
        ("JAPANESE", "ja"),
        (" german ", "de"),
        ("Haitian Creole", "ht"),
        ("Mandarin", "zh"),
        ("Castilian", "es"),
    ],
)
def test_tags_of_regions_and_english_names_are_understood(language: str, code: str) -> None:
    assert whisper_code(language) == code


@pytest.mark.parametrize("word", ["auto", "AUTO", " Auto "])
def test_a_language_that_is_to_be_heard(word: str) -> None:
    assert is_auto(word)
    assert not is_auto("en")


@pytest.mark.parametrize("code", ["auto", "klingon", "-", "-US", "", "xx", "xx-US", "englisch"])
def test_what_is_not_a_code_is_refused(code: str) -> None:
    assert whisper_code(code) is None
    assert language_name(code) == code
