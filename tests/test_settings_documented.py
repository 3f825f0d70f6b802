"""Every environment variable that the code reads is in `.env.example`, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READERS = ["audiopod/settings/__init__.py", "audio_api/management/commands/run.py"]
LINE = re.compile(r"#([A-Z][A-Z0-9_]*)=(.*)")
WORDS = re.compile(r"# \S")


def read_variables(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Name and default of each `env.kind("NAME", default=…)` and `environ.get("NAME")`."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env" | "environ")),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ):
                defaults = [k.value for k in keywords if k.arg == "default"]
                yield name, defaults[0] if defaults else None


def documented() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(found.groups() for line in lines if (found := LINE.fullmatch(line)))


READ = {name: default for path in READERS for name, default in read_variables(ROOT / path)}


def test_the_code_reads_what_is_documented_and_nothing_else() -> None:
    assert set(READ) == set(documented())


def test_no_setting_is_documented_twice() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = [found[1] for line in lines if (found := LINE.fullmatch(line))]
    assert sorted(names) == sorted(set(names))


def test_every_setting_is_explained_just_above() -> None:
    explained = False
    for line in (ROOT / ".env.example").read_text().splitlines():
        if found := LINE.fullmatch(line):
            assert explained, f"{found[1]} has no explanation above it"
        else:  # the words stay in force for the settings that follow without a blank line
            explained = bool(WORDS.match(line))


def as_text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ",".join(map(str, value))
    return str(value)


def constant_defaults() -> Iterator[tuple[str, str]]:
    """The defaults that are computed from nothing but constants, as `.env.example` writes them."""
    for name, default in READ.items():
        if default is None or any(isinstance(node, ast.Name) for node in ast.walk(default)):
            continue
        if not any(isinstance(node, ast.FormattedValue) for node in ast.walk(default)):
            code = compile(ast.Expression(default), name, "eval")
            yield name, as_text(eval(code, {"__builtins__": {}}))


@pytest.mark.parametrize(("name", "default"), list(constant_defaults()))
def test_the_documented_default_is_the_one_in_force(name: str, default: str) -> None:
    assert documented()[name] == default
