"""AudioPod's own client for Python, unchanged, against a server without and with payments."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.harness.environments import python_with
from tests.harness.fake_stripe import fake_stripe_at
from tests.harness.server import Server
from tests.sdk.clients.conftest import SETTINGS, Outcomes, drive_with

CLIENT = "audiopod-2"
SCRIPT = Path(__file__).with_name("native.py")


def scenarios() -> list[str]:
    """The functions under `@scenario`. To import them would take the client."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name
        for node in ast.parse(SCRIPT.read_text()).body
        if isinstance(node, functions)
        and any(isinstance(by, ast.Name) and by.id == "scenario" for by in node.decorator_list)
    ]


@pytest.fixture(scope="module")
def python() -> Path:
    return python_with(Path(__file__).with_name(f"{CLIENT}.txt"))


@pytest.fixture(
    scope="module",
    params=[pytest.param("without payments", marks=pytest.mark.thorough), "with payments"],
)
def outcomes(
    request: pytest.FixtureRequest,
    python: Path,
    make_server: MakeServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Outcomes]:
    if request.param == "without payments":
        with make_server("embedded", env=SETTINGS) as server:
            yield act(python, server)
            server.audit()
        return
    with (
        fake_stripe_at(tmp_path_factory.mktemp("stripe")) as stripe,
        make_server("embedded", env=SETTINGS | stripe.env) as server,
    ):
        stripe.config(webhook_url=f"{server.url}/webhooks/stripe")
        yield act(python, server, pay=f"{stripe.url}/_fake/pay")
        server.audit()


def act(python: Path, server: Server, **more: str) -> Outcomes:
    account, poor = server.account(credit="20.00"), server.account(credit="0.000001")
    with account.sdk() as sdk:
        sdk.audio.speech.create(model="tts-1", voice="joe", input="Something to be paid for.")
    account.settled_balance()
    stage = {"api": server.api, "key": account.key, "poor_key": poor.key} | more
    return drive_with([str(python), str(SCRIPT)], STAGE=json.dumps(stage))


def test_it_is_the_client_that_is_named(python: Path) -> None:
    said = subprocess.check_output(
        [python, "-c", "import audiopod; print(audiopod.__version__)"], cwd=python.parent, text=True
    )
    assert f"audiopod-{said.partition('.')[0]}" == CLIENT


@pytest.mark.parametrize("scenario", scenarios())
def test_native(outcomes: Outcomes, scenario: str) -> None:
    assert outcomes[scenario] is None, outcomes[scenario]
