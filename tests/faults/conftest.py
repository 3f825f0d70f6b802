"""Servers with the misbehaving engine of `tests/doubles.py`, that give up on the dead quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.conftest import MakeServer
from tests.doubles import RATE
from tests.harness.account import Account
from tests.harness.server import MODES, Server

FAULT_ENV = {
    "EXTRA_ENGINES": "tests.doubles:FaultyEngine",
    # The real engines load when a test first needs one: a restarted server is ready sooner.
    "PRELOAD_ENGINES": "false",
    "JOB_LEASE_SECONDS": "3",
    "STALLED_CLIENT_SECONDS": "3",
    "SWEEP_SECONDS": "1",
}
CREDIT_MICROS = 5_000_000
PCM_BYTES_PER_MS = RATE * 2 // 1000
# Long enough that the hold covers all that any double says.
TEXT = "Words enough that what is held for them covers the whole tone, whatever its length."


@pytest.fixture(
    scope="session", params=[pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]]
)
def shaky(request: pytest.FixtureRequest, make_server: MakeServer) -> Iterator[Server]:
    """In both modes. A test that stops a part of it starts that part again."""
    with make_server(request.param, env=FAULT_ENV) as server:
        yield server


# For crashes that `make test` shows on both databases.
both_modes = pytest.mark.parametrize("shaky", MODES, indirect=True)
# For what only a server with Redis and a worker process can suffer.
grown_up_only = pytest.mark.parametrize("shaky", MODES[1:], indirect=True)


@pytest.fixture
def customer(shaky: Server) -> Iterator[Account]:
    """A new client with $5.00. At the end no hold is left and the ledger is whole."""
    account = shaky.account(credit=f"{CREDIT_MICROS / 1_000_000:.2f}")
    yield account
    assert account.held_micros() == 0
    shaky.audit()


def speech(voice: str) -> dict[str, Any]:
    return {"model": "tts-1", "voice": voice, "input": TEXT, "response_format": "pcm"}


@contextmanager
def speech_stream(account: Account, voice: str) -> Iterator[httpx.Response]:
    with (
        account.http() as client,
        client.stream("POST", "/audio/speech", json=speech(voice)) as answer,
    ):
        assert answer.status_code == 200
        yield answer


def speak(account: Account, voice: str) -> httpx.Response:
    with account.http() as client:
        return client.post("/audio/speech", json=speech(voice))
