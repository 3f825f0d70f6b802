"""What ARCHITECTURE and CONTRIBUTING say of the code is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

ROOT: Path = settings.BASE_DIR
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
OURS = ("accounts", "audio_api", "audiopod", "dashboard", "voices", "wallet", "webhooks")
ROW = re.compile(r"^\| (?P<urls>`/.*`) \| `(?P<file>[a-z_/]+\.py)` \|$", re.MULTILINE)
VARIABLE = re.compile(r"<[^>]+>|\(\?P<[^)]+\)")
FILE = re.compile(r"`((?:[a-z_]+/)+(?:[\w.]+\.\w+)?)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def routes(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, str]]:
    """(URL with … for what varies, file of its view) of what is made here."""
    for one in (resolver or get_resolver()).url_patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            if not here.startswith(f"/{settings.ADMIN_PATH}"):
                yield from routes(one, here)
            continue
        view = getattr(one.callback, "cls", None) or getattr(one.callback, "view_class", None)
        module = (view or one.callback).__module__
        if module.split(".")[0] in OURS and "account/" not in before:
            yield spelt(here), module.replace(".", "/") + ".py"


def spelt(route: str) -> str:
    """A route as the table has it: without Python's marks, … for what varies."""
    plain = VARIABLE.sub("…", route.replace("^", "").replace("$", "").replace("\\", ""))
    return plain.replace("(api|v1)/", "api/…").replace("|", "/")


def listed() -> set[tuple[str, str]]:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    return {
        (url, row["file"])
        for row in ROW.finditer(text)
        for url in re.findall(r"`([^`]+)`", row["urls"])
    }


def test_each_url_stands_in_the_table_with_its_file() -> None:
    known = set(routes())
    assert len(known) > 60, "the walk sees the pages and the API"
    assert known - listed() == set(), "add them to the table in ARCHITECTURE"
    assert listed() - known == set(), "take them out of the table in ARCHITECTURE"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_file_that_is_named_is_there(name: str) -> None:
    named = FILE.findall((ROOT / name).read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_test_of_a_recipe_is_there() -> None:
    """A recipe is worth what fails when a step of it is forgotten."""
    recipes = (ROOT / "CONTRIBUTING.md").read_text().split("## Recipes")[1].split("\n## ")[0]
    steps = recipes.count("\n- ")
    named = TEST.findall(recipes)
    assert recipes.count("\n### ") * 2 <= len(named) <= steps
    for path, test in named:
        module = import_module(path.removesuffix(".py").replace("/", "."))
        assert callable(getattr(module, test, None)), f"{path}::{test}"


def test_apps_do_not_talk_by_signals() -> None:
    made = [
        str(path.relative_to(ROOT))
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bSignal\(", path.read_text())
    ]
    assert made == []


def test_each_word_of_the_glossary_is_used_where_it_says() -> None:
    """| word | meaning | `file` |: the file has the word."""
    glossary = (ROOT / "ARCHITECTURE.md").read_text().split("## Words")[1].split("\n## ")[0]
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|.*\| `([^`]+)` \|$", glossary, re.MULTILINE)
    assert len(rows) > 12
    for words, path in rows:
        text = (ROOT / path).read_text().lower()
        for word in words.split(", "):
            assert word.lower() in text, f"{word} in {path}"
