"""OpenAI's client for Python, the newest of each major version, each in its own environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.harness.environments import python_with
from tests.sdk.clients.conftest import Outcomes, Stage, drive, newest_and_older
from tests.sdk.clients.drive import SCENARIOS

VERSIONS = ["openai-1", "openai-2", "openai-3"]


@pytest.fixture(scope="module", params=newest_and_older(VERSIONS))
def python(request: pytest.FixtureRequest) -> Path:
    return python_with(Path(__file__).with_name(f"{request.param}.txt"))


@pytest.fixture(scope="module")
def outcomes(python: Path, stage: Stage) -> Outcomes:
    return drive([str(python), "-m", "tests.sdk.clients.drive"], stage)


def test_each_environment_has_its_own_version(python: Path) -> None:
    said = subprocess.check_output([python, "-c", "import openai; print(openai.__version__)"])
    assert f"openai-{said.decode().partition('.')[0]}" == python.parent.parent.name


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_python(outcomes: Outcomes, scenario: str) -> None:
    assert outcomes[scenario] is None, outcomes[scenario]
