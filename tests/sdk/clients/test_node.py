"""OpenAI's client for Node: the last that runs on Node 20, and the newest."""

from __future__ import annotations

import re

import pytest

from tests.harness.node import PACKAGES, install_clients, node_for
from tests.sdk.clients.conftest import Outcomes, Stage, drive, newest_and_older

VERSIONS = ["openai-6", "openai-7"]
SCENARIO = re.compile(r"^  (?:async )?(\w+)(?:\(stage\)|: upload)", re.MULTILINE)
FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]


def scenarios() -> list[str]:
    """Their names, as the scripts spell them."""
    scripts = [PACKAGES / f"{name}.mjs" for name in ("speech", "transcripts", "refusals")]
    named = [name for script in scripts for name in SCENARIO.findall(script.read_text())]
    return [f"speech_in_{name}" for name in FORMATS] + named


@pytest.fixture(scope="module", params=newest_and_older(VERSIONS))
def outcomes(request: pytest.FixtureRequest, stage: Stage) -> Outcomes:
    node = node_for(request.param)
    install_clients(node)
    return drive([node.program, str(PACKAGES / "matrix.mjs"), request.param], stage)


@pytest.mark.parametrize("scenario", scenarios())
def test_node(outcomes: Outcomes, scenario: str) -> None:
    assert outcomes[scenario] is None, outcomes[scenario]


def test_every_scenario_is_listed_here(outcomes: Outcomes) -> None:
    assert list(outcomes) == scenarios()
