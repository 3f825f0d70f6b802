"""Languages and regions in words, in the language of the page."""

from __future__ import annotations

import pytest
from django.utils import translation

from voices import languages


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", "English"),
        ("en-GB", "English (United Kingdom)"),
        ("pt-br", "Portuguese (Brazil)"),
        ("zh-CN", "Mandarin Chinese (China)"),
        ("de-LI", "German (LI)"),
        ("sr-Latn", "Serbian (LATN)"),
        ("tlh", "tlh"),
        ("und", "Language unknown"),
    ],
)
def test_in_words(tag, words):
    assert languages.in_words(tag) == words


def test_a_page_in_german_says_it_in_german():
    with translation.override("de"):
        assert languages.in_words("fr").startswith("Franz")


def test_all_of_a_language_is_offered_before_its_kinds():
    offered = languages.choices(["en-US", "fr-FR", "en-GB", "en-US"])
    assert [tag for tag, _words in offered] == ["en", "en-GB", "en-US", "fr-FR"]
