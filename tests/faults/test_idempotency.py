"""The same `Idempotency-Key` again: the first result and one charge, whatever breaks."""

from __future__ import annotations

import base64
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.doubles import SLOW_SECONDS
from tests.faults.conftest import CREDIT_MICROS, PCM_BYTES_PER_MS, grown_up_only, speech
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

SPEECH_PRICE = 40_000
TRANSCRIPT_PRICE = 10_000
SLOW_COST = cost_micros(int(1000 * SLOW_SECONDS), SPEECH_PRICE)
SLOW_BYTES = int(1000 * SLOW_SECONDS) * PCM_BYTES_PER_MS


@pytest.fixture
def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


@pytest.fixture
def client(customer: Account) -> Iterator[httpx.Client]:
    with customer.http() as plain:
        yield plain


def jobs(server: Server, account: Account) -> list[dict[str, Any]]:
    return server.rows(
        "SELECT job.* FROM audio_api_job job JOIN accounts_user u ON u.id = job.user_id"
        f" WHERE u.email = '{account.email}'"
    )


def transcribe(client: httpx.Client, audio: bytes, **form: str) -> httpx.Request:
    return client.build_request(
        "POST",
        "/audio/transcriptions",
        data={"model": "whisper-1", **form},
        files={"file": ("a.flac", audio)},
    )


def said(client: httpx.Client) -> bytes:
    """Speech to transcribe, paid for by this client."""
    sentence = {"model": "tts-1", "voice": "joe", "input": "A second time costs nothing."}
    return client.post("/audio/speech", json=sentence | {"response_format": "flac"}).content


@pytest.mark.who_pays("a request is sent again with the same `Idempotency-Key`")
def test_a_speech_sent_again_is_the_same_and_is_not_paid_again(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    first = client.post("/audio/speech", json=speech("tone"), headers=once)
    left = customer.settled_balance()
    again = client.post("/audio/speech", json=speech("tone"), headers=once)

    assert left < CREDIT_MICROS
    assert again.status_code == 200
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-audiopod-cost-usd"] == "0.000000"
    assert customer.settled_balance() == left
    assert len(jobs(shaky, customer)) == 1


@pytest.mark.thorough
def test_the_order_of_the_members_makes_no_other_request(
    customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    client.post("/audio/speech", json=speech("tone"), headers=once)
    backwards = dict(reversed(speech("tone").items()))
    again = client.post("/audio/speech", json=backwards, headers=once)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.thorough
@pytest.mark.parametrize("change", [{"input": "Other words."}, {"speed": 1.5}, {"voice": "slow"}])
def test_the_key_of_another_request_is_refused(
    customer: Account, client: httpx.Client, once: dict[str, str], change: dict[str, Any]
) -> None:
    client.post("/audio/speech", json=speech("tone"), headers=once)
    left = customer.settled_balance()
    other = client.post("/audio/speech", json=speech("tone") | change, headers=once)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    assert customer.settled_balance() == left


def test_while_the_first_runs_the_second_is_told_to_wait(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    with client.stream("POST", "/audio/speech", json=speech("slow"), headers=once) as first:
        pieces = first.iter_raw()
        received = len(next(pieces))
        second = client.post("/audio/speech", json=speech("slow"), headers=once)
        received += sum(len(piece) for piece in pieces)
    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    assert second.json()["error"]["code"] == "idempotency_key_in_use"
    assert received == SLOW_BYTES
    assert customer.settled_balance() == CREDIT_MICROS - SLOW_COST


def test_sixteen_at_once_are_one_job(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    def ask(_: int) -> httpx.Response:
        return client.post("/audio/speech", json=speech("slow"), headers=once)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[200] >= 1
    assert statuses[200] + statuses[409] == 16
    assert {len(answer.content) for answer in answers if answer.status_code == 200} == {SLOW_BYTES}
    assert [job["status"] for job in jobs(shaky, customer)] == ["succeeded"]
    assert customer.settled_balance() == CREDIT_MICROS - SLOW_COST


@pytest.mark.who_pays("the caller leaves, but gave an `Idempotency-Key`")
def test_who_leaves_in_the_middle_can_come_back_for_the_whole(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    with client.stream("POST", "/audio/speech", json=speech("slow"), headers=once) as first:
        next(first.iter_raw())
    job = shaky.wait_for_job(customer, "succeeded", "cancelled", "failed")

    again = client.post("/audio/speech", json=speech("slow"), headers=once)

    assert job["status"] == "succeeded"
    assert again.status_code == 200
    assert len(again.content) == SLOW_BYTES
    assert customer.settled_balance() == CREDIT_MICROS - SLOW_COST


@pytest.mark.parametrize("voice", ["faulty-before", "faulty-after"])
def test_a_failure_gives_the_key_back(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str], voice: str
) -> None:
    for _ in range(2):
        try:
            status = client.post("/audio/speech", json=speech(voice), headers=once).status_code
        except httpx.RemoteProtocolError:  # it failed after its first byte, and was cut
            status = 500
        assert status == 500
        wait_until(
            lambda: all(job["status"] == "failed" for job in jobs(shaky, customer)),
            seconds=10,
            what="the failed job is over",
        )
    assert len(jobs(shaky, customer)) == 2
    assert customer.settled_balance() == CREDIT_MICROS
    assert all(not job["result"] for job in jobs(shaky, customer))


@pytest.mark.thorough
def test_a_speech_of_events_comes_back_as_events(
    customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    asked = speech("slow") | {"stream_format": "sse"}
    first = client.post("/audio/speech", json=asked, headers=once)
    again = client.post("/audio/speech", json=asked, headers=once)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert audio_of(first) == audio_of(again)
    assert events_of(first)[-1] == events_of(again)[-1]


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def audio_of(answer: httpx.Response) -> bytes:
    deltas = [e for e in events_of(answer) if e["type"] == "speech.audio.delta"]
    return b"".join(base64.b64decode(delta["audio"]) for delta in deltas)


@pytest.mark.parametrize(
    "form",
    [
        "json",
        *(pytest.param(f, marks=pytest.mark.thorough) for f in ("text", "srt", "verbose_json")),
    ],
)
def test_a_transcript_sent_again_is_the_same_and_is_not_paid_again(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str], form: str
) -> None:
    audio = said(client)
    before = customer.settled_balance()
    answers = []
    for _ in range(2):
        request = transcribe(client, audio, response_format=form)
        request.headers.update(once)
        answers.append(client.send(request))
    first, again = answers
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert again.headers["idempotent-replayed"] == "true"
    job = shaky.last_job(customer)
    assert job
    assert before - customer.settled_balance() == job["cost_micros"] > 0


def test_a_streamed_transcript_sent_again_is_the_same(
    customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    audio = said(client)
    done = []
    for _ in range(2):
        request = transcribe(client, audio, stream="true")
        request.headers.update(once)
        answer = client.send(request)
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = events_of(answer)
        assert "".join(e["delta"] for e in events[:-1]) == events[-1]["text"]
        done.append(events[-1])
        left = customer.settled_balance()
    assert answer.headers["idempotent-replayed"] == "true"
    assert done[0] == done[1]
    assert customer.settled_balance() == left


@pytest.mark.thorough
def test_another_file_is_another_request(
    customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    audio = said(client)
    first = transcribe(client, audio)
    other = transcribe(client, said(client) + b"\0")
    for request in (first, other):
        request.headers.update(once)
    assert client.send(first).status_code == 200
    assert client.send(other).status_code == 422


def test_accounts_do_not_share_keys(shaky: Server, customer: Account, once: dict[str, str]) -> None:
    other = shaky.account(credit="1.00")
    for account in (customer, other):
        with account.http() as client:
            answer = client.post("/audio/speech", json=speech("tone"), headers=once)
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers


@pytest.mark.thorough
@pytest.mark.parametrize("key", ["", "x" * 256, "naïve"])
def test_a_key_that_is_none_is_refused(customer: Account, client: httpx.Client, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = client.post("/audio/speech", json=speech("tone"), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "Idempotency-Key"


@grown_up_only
def test_a_worker_that_dies_keeps_neither_key_nor_money(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    assert shaky.worker
    with client.stream("POST", "/audio/speech", json=speech("slow"), headers=once) as first:
        next(first.iter_raw())
        shaky.worker.kill()
    shaky.worker.start()
    shaky.wait_ready()
    shaky.wait_for_job(customer, "failed", seconds=60)
    assert customer.settled_balance() == CREDIT_MICROS

    again = client.post("/audio/speech", json=speech("slow"), headers=once)
    assert again.status_code == 200
    assert customer.settled_balance() == CREDIT_MICROS - SLOW_COST


@pytest.mark.thorough
def test_a_result_is_kept_for_as_long_as_promised_and_no_longer(
    shaky: Server, customer: Account, client: httpx.Client, once: dict[str, str]
) -> None:
    client.post("/audio/speech", json=speech("tone"), headers=once)
    (job,) = jobs(shaky, customer)
    kept = shaky.data_dir / "media" / job["result"]
    assert kept.is_file()
    shaky.env["IDEMPOTENCY_SECONDS"] = "0"
    try:
        shaky.manage("sweep")
    finally:
        del shaky.env["IDEMPOTENCY_SECONDS"]
    assert not kept.exists()
    again = client.post("/audio/speech", json=speech("tone"), headers=once)
    assert "idempotent-replayed" not in again.headers
