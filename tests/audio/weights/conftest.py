"""A catalogue of tiny assets and a registry that serves them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audio.weights import listing
from audio.weights.listing import Asset, read_catalogue
from tests.audio.weights.registry import Registry, running_registry
from tests.harness.programs import ROOT

MakeAsset = Callable[..., Asset]
"""(file name -> content or None for unpinned, sources of every file) -> an asset called `tiny`."""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with running_registry() as registry:
        for name, value in registry.environment().items():
            monkeypatch.setenv(name, value)
        yield registry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of models."""
    return tmp_path / "models"


@pytest.fixture
def said() -> list[str]:
    """What `tiny.fetched` was told."""
    return []


@pytest.fixture
def make_asset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeAsset:
    """Write a catalogue with one asset and make it the shipped one."""

    def make(files: dict[str, bytes | None], *sources: dict[str, Any], build: str = "") -> Asset:
        unpinned = None in files.values()
        lines = ['default = ["tiny"]', "[assets.tiny]", 'description = "Tiny"', 'licence = "MIT"']
        lines += [f"unpinned = {str(unpinned).lower()}", "about_bytes = 1000"]
        for name, content in files.items():
            lines += ["[[assets.tiny.files]]", f'name = "{name}"']
            if content is not None:
                lines += [f"size = {len(content)}", f'sha256 = "{sha256(content)}"']
            lines += [f'build = "{build}"'] if build else []
            lines += [f"sources = [{', '.join(_inline(source) for source in sources)}]"]
        path = tmp_path / "catalogue.toml"
        path.write_text("\n".join(lines))
        read = read_catalogue(path)
        monkeypatch.setattr(listing, "_shipped", lambda: read)
        return read.assets["tiny"]

    return make


@pytest.fixture
def start(tmp_path: Path, folder: Path) -> Iterator[Start]:
    """Start a process that fetches the asset of `make_asset`."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*extra: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-m", "tests.audio.weights.fetch_one"]
        process = subprocess.Popen(
            [*program, str(tmp_path / "catalogue.toml"), "tiny", str(folder), *extra],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def source(kind: str, *parts: tuple[str, str, str]) -> dict[str, Any]:
    """A source of the catalogue; a part is package, version, path."""
    keys = ("package", "version", "path")
    return {"kind": kind, "parts": [dict(zip(keys, part, strict=True)) for part in parts]}


def _inline(source: dict[str, Any]) -> str:
    """A source as an inline table of TOML, whose strings are those of JSON."""
    parts = ", ".join(
        "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in part.items()) + " }"
        for part in source["parts"]
    )
    return f"{{ kind = {json.dumps(source['kind'])}, parts = [{parts}] }}"
