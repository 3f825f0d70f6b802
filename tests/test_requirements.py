"""The compiled requirements are those that the `.in` files ask for, pinned and hashed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FILES = [f"requirements{extra}" for extra in ("", "-dev", "-en", "-ja", "-zh")]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
COMPILE = "run `make requirements`"


def asked_for(name: str) -> list[Requirement]:
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pins(name: str) -> dict[str, set[str]]:
    """Package -> its pinned versions: more than one where the Python version decides."""
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall((ROOT / f"{name}.txt").read_text()):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_to_a_version_that_it_allows(name: str) -> None:
    pinned = pins(name)
    for requirement in asked_for(name):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement} is not in {name}.txt: {COMPILE}"
        assert all(map(requirement.specifier.contains, versions)), f"{requirement}: {COMPILE}"


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_pinned_for_a_requirement_that_is_gone(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    asked = {canonicalize_name(requirement.name) for requirement in asked_for(name)}
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    direct = {PIN.match(block)[1] for block in blocks if f"-r {name}.in" in block}  # type: ignore[index]
    assert {canonicalize_name(package) for package in direct} <= asked, COMPILE


def test_what_runs_is_tested_with_the_same_versions() -> None:
    tested = pins("requirements-dev")
    assert {package: tested.get(package) for package in pins("requirements")} == pins(
        "requirements"
    )


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_a_hash_and_no_index_is_named(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks if PIN.match(block))
    assert not re.search(r"://|--index|--find-links|file:", text)
