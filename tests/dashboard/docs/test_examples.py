"""The programs that readers copy. `tests/sdk/test_docs_snippets.py` runs them."""

from __future__ import annotations

import ast
import html
import re
import subprocess

import pytest
from django.test import Client
from pytest_django import Settings

from dashboard.docs.examples import FOLDER, LANGUAGES, Example, Language, examples
from dashboard.docs.pages import pages

SUFFIXES = {language.suffix for language in LANGUAGES}
NAMES = sorted({path.stem for path in FOLDER.iterdir() if path.suffix in SUFFIXES})


def of(name: str, language: str, *, api_key: str = "") -> Example:
    found = examples(name, api_key=api_key)
    return next(example for example in found if example.language.id == language)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_calls_this_server(settings: Settings, name: str) -> None:
    settings.PUBLIC_URL = "https://audio.example.com"
    for example in examples(name):
        assert "127.0.0.1" not in example.code
        # its address is in the environment, or it is called itself
        calls_nothing = (name == "migration" and example.language.id != "curl") or name == "webhook"
        assert calls_nothing or "https://audio.example.com/api/v1" in example.code


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_a_key_can_be_written_in(language: Language) -> None:
    code = of("hello", language.id, api_key="ap_secret").code
    assert code.count("ap_secret") == 1
    assert language.id == "curl" or "AUDIOPOD_API_KEY" not in code


def test_what_has_a_key_in_it_is_still_a_program() -> None:
    ast.parse(of("hello", "python", api_key="ap_secret").code)
    shell = of("hello", "curl", api_key="ap_secret").code
    subprocess.run(["bash", "-n"], input=shell, text=True, check=True)


def test_an_example_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no-such-example"):
        examples("no-such-example")


@pytest.mark.django_db
def test_every_example_is_on_one_page_as_it_stands_in_its_file(client: Client) -> None:
    text = "".join(client.get(page.url).content.decode() for page in pages())
    shown = re.findall(r'<code id="(snippet-[^"]+)">(.*?)</code>', text, re.DOTALL)
    expected = {each.id: each.code for name in NAMES for each in examples(name)}
    assert {id_: html.unescape(code) for id_, code in shown} == expected
    assert len(shown) == len(expected)
