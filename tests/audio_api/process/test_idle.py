"""An engine that was not used is unloaded in a server that goes on as if nothing were."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import MakeServer
from tests.harness.programs import wait_until

SECONDS = 60
SPEECH = {"model": "tts-1", "voice": "joe", "input": "The ferry is here.", "response_format": "wav"}


@pytest.mark.parametrize("mode", ["embedded", pytest.param("grown-up", marks=pytest.mark.thorough)])
def test_a_job_after_a_long_silence_is_served_and_paid_as_any(
    make_server: MakeServer, mode: str
) -> None:
    env = {"ENGINE_IDLE_SECONDS": "1", "SWEEP_SECONDS": "1", "PRELOAD_ENGINES": "false"}
    with make_server(mode, env=env) as server:
        account = server.account()
        with account.http() as client:
            # Given a voice that has spoken
            client.post("/audio/speech", json=SPEECH).raise_for_status()
            first = server.wait_for_job(account, "succeeded")

            # When nobody asks for it any more, Then it is unloaded, and the server stays ready
            wait_until(
                lambda: "unloaded until the next job: piper" in server.log,
                seconds=SECONDS,
                what="a word that it was unloaded",
            )
            assert httpx.get(f"{server.url}/readyz", timeout=20).status_code == 200

            # When it is asked again, Then it speaks, for the same price
            again = client.post("/audio/speech", json=SPEECH).raise_for_status()
        assert again.content.startswith(b"RIFF")
        second = server.wait_for_job(account, "succeeded")
        assert second["id"] != first["id"]
        assert second["cost_micros"] == pytest.approx(first["cost_micros"], rel=0.2)
        server.audit()
