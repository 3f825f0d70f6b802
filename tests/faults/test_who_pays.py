"""Every row of the README's table of who pays is proved by a test that `make test` runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.harness.programs import ROOT

HEAD = "| what happens | who pays |\n|---|---|\n"


def rows() -> list[str]:
    """What happens, in each row of the table."""
    table = (ROOT / "README.md").read_text().partition(HEAD)[2].partition("\n\n")[0]
    return re.findall(r"^\| (.+?) \|", table, re.MULTILINE)


def proved() -> Iterator[str]:
    """The beginnings of rows that tests name, but for tests that `make test` leaves out."""
    for path in Path(__file__).parent.glob("test_*.py"):
        module = import_module(f"{__package__}.{path.stem}")
        for test in vars(module).values():
            own: list[pytest.Mark] = getattr(test, "pytestmark", []) if callable(test) else []
            marks = own + _listed(getattr(module, "pytestmark", []))
            if not any(mark.name == "thorough" for mark in marks):
                yield from (mark.args[0] for mark in marks if mark.name == "who_pays")


def _listed(marks: object) -> list[pytest.Mark]:
    every = marks if isinstance(marks, list) else [marks]
    return [mark.mark for mark in every]


def test_each_row_is_proved() -> None:
    named = set(proved())
    assert len(rows()) > 10
    assert [row for row in rows() if not any(row.startswith(start) for start in named)] == []


def test_each_proof_is_of_a_row() -> None:
    assert [start for start in proved() if not any(row.startswith(start) for row in rows())] == []
