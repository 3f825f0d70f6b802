"""What the clients' environments are made of is pinned and hashed, and names no registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.harness.node import OLDEST, PACKAGES, WHEEL
from tests.sdk.clients.test_native import CLIENT
from tests.sdk.clients.test_python import VERSIONS

FOLDER = Path(__file__).parent
PIN = re.compile(r"^[A-Za-z0-9_.-]+==\S+", re.MULTILINE)


@pytest.mark.parametrize("name", [*VERSIONS, CLIENT, WHEEL.stem])
def test_every_python_package_has_a_hash(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert all(PIN.match(block) and "--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--index|--find-links|file:", text)


@pytest.mark.parametrize("version", [*VERSIONS, CLIENT])
def test_each_client_is_of_the_version_that_names_it(version: str) -> None:
    package, _, major = version.partition("-")
    text = (FOLDER / f"{version}.txt").read_text()
    assert re.search(rf"^{package}=={major}\.", text, re.M)


def test_every_node_package_has_a_hash() -> None:
    wanted = json.loads((PACKAGES / "package.json").read_text())["dependencies"]
    text = (PACKAGES / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]
    assert set(wanted) == set(OLDEST)
    for alias, spelled in wanted.items():
        package = locked[f"node_modules/{alias}"]
        assert spelled == f"npm:openai@{package['version']}"
        assert package["integrity"].startswith("sha512-")
    assert "://" not in text
