"""A job of a running server ends, and a real receiver is told of it."""

from __future__ import annotations

import pytest

from tests.harness.account import Account
from tests.harness.receiver import EventReceiver
from tests.harness.server import Server

pytestmark = pytest.mark.slow
TEXT = "Hello from AudioPod."


def generated(account: Account, **fields: str) -> int:
    with account.http() as client:
        answer = client.post("/voice/voices/nova/generate", json={"input_text": TEXT, **fields})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


def test_a_speech_is_told_to_an_endpoint_and_to_its_own_address(server: Server) -> None:
    account = server.account()
    with EventReceiver() as receiver, EventReceiver() as own:
        with account.http() as client:
            body = {"url": receiver.url, "events": ["job.completed"]}
            made = client.post("/webhooks/endpoints", json=body)
        assert made.status_code == 201, made.text
        receiver.secret = made.json()["secret"]
        job_id = generated(account, webhook_url=own.url)
        receiver.wait_for(bool)
        own.wait_for(bool)
        (event,) = receiver.events
        assert not receiver.forged
        assert (event.body["job_id"], event.body["job_type"]) == (job_id, "text_to_speech")
        assert own.ids() == {event.id}
        with account.http() as client:
            assert client.get(f"/jobs/{job_id}").json()["status"] == "COMPLETED"
            log = client.get("/webhooks/deliveries").json()
        assert {line["job_id"] for line in log} == {job_id}


def test_a_bad_address_is_refused_before_anything_is_held(server: Server) -> None:
    account = server.account()
    for url in ("http://example.com/", "https://10.0.0.1/", "nonsense"):
        with account.http() as client:
            body = {"input_text": TEXT, "webhook_url": url}
            answer = client.post("/voice/voices/nova/generate", json=body)
            form = {"source_urls": "https://example.com/a.mp3", "webhook_url": url}
            other = client.post("/transcription/transcribe", data=form)
        for refused in (answer, other):
            assert refused.status_code == 400
            assert refused.json()["error"]["param"] == "webhook_url"
            assert refused.json()["error_code"] == "INVALID_WEBHOOK_URL"
    assert account.held_micros() == 0
    assert server.last_job(account) is None
