"""The README's examples, as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.programs import ROOT
from tests.sdk.clients.conftest import Stage
from tests.sdk.clients.snippets import Snippet, snippets_of

LANGUAGES = ["console", "python", "js"]
SNIPPETS = snippets_of((ROOT / "README.md").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: an example may use a file that the one before it made."""
    return tmp_path_factory.mktemp("reader")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_calls_all_three_endpoints(language: str) -> None:
    called = [snippet.endpoints for snippet in SNIPPETS if snippet.language == language]
    assert set().union(*called) == {"speech", "transcriptions", "translations"}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.language)
def test_an_example_does_what_it_says(snippet: Snippet, folder: Path, stage: Stage) -> None:
    snippet.run(folder, stage)
