"""Transcripts when things go wrong, and when the client goes: one is paid for the part of it that
had arrived."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import uuid
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import redis

from audiopod.common.money import cost_micros
from tests.conftest import MakeServer
from tests.faults.conftest import CREDIT_MICROS, FAULT_ENV, grown_up_only
from tests.faults.test_clients_leaving import ACKNOWLEDGED_BYTES, taken
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import MODES, Server

SECONDS = 3
INPUT_PRICE = 10_000
"""Micro-dollars a minute."""
PRICE_MICROS = 500
"""Of three seconds, at a cent a minute."""
RECOVERY_SECONDS = 60
MANY_WORDS = "many 2500"
SLICE_BYTES = 4 * 1024
"""What is paid for as a piece of a transcript of that length, and the head of its response."""
UNHEARD_WORDS = 5
"""How many words the slow ear may hear before a departure is noticed on a busy machine."""


@pytest.fixture(
    scope="module", params=[pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]]
)
def shaky(request: pytest.FixtureRequest, make_server: MakeServer) -> Iterator[Server]:
    """Servers that hear what the prompt says."""
    env = FAULT_ENV | {"EXTRA_ENGINES": "tests.ears:ScriptedEar"}
    with make_server(request.param, env=env) as server:
        yield server


def upload() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(2 * 16_000 * SECONDS))
    return file.getvalue()


@contextmanager
def transcript_stream(account: Account, script: str) -> Iterator[httpx.Response]:
    fields = {"model": "whisper-1", "stream": "true", "prompt": script}
    with (
        account.http() as client,
        client.stream(
            "POST", "/audio/transcriptions", data=fields, files={"file": upload()}
        ) as answer,
    ):
        yield answer


def events_of(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events as they arrive, comments left out."""
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_the_first_delta_leaves_before_the_rest_is_decoded(
    shaky: Server, customer: Account, tmp_path: Path
) -> None:
    """The ear hears on only when the client, having read the first words, opens a gate."""
    gate = tmp_path / "gate"
    with transcript_stream(customer, f"gate {gate}") as answer:
        events = events_of(answer)
        assert next(events) == {"type": "transcript.text.delta", "delta": "early"}
        gate.touch()
        delta, done = events

    assert delta == {"type": "transcript.text.delta", "delta": " late"}
    assert done["text"] == "early late"
    assert done["usage"] == {
        "type": "tokens",
        "input_tokens": 33,
        "input_token_details": {"text_tokens": 3, "audio_tokens": 30},
        "output_tokens": 4,
        "total_tokens": 37,
    }
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert customer.settled_balance() == CREDIT_MICROS - PRICE_MICROS


@pytest.mark.who_pays("the caller leaves in the middle of a streamed transcript")
def test_who_leaves_mid_stream_pays_for_what_was_sent_and_no_more_is_decoded(
    shaky: Server, customer: Account, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    with transcript_stream(customer, f"slow {heard}") as answer:
        events = events_of(answer)
        assert next(events)["delta"] == "word0"
        assert next(events)["delta"] == " word1"

    job = shaky.wait_for_job(customer, "cancelled")
    words = int(heard.read_text())
    time.sleep(1)
    assert int(heard.read_text()) == words <= 1 + UNHEARD_WORDS, "it went on for nobody"
    assert 2000 <= job["audio_ms"] <= 1000 * words
    assert job["cost_micros"] == cost_micros(job["audio_ms"], INPUT_PRICE)
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]


def test_failing_before_the_first_delta_is_an_ordinary_error(
    shaky: Server, customer: Account
) -> None:
    with transcript_stream(customer, "fail-before") as answer:
        error = json.loads(answer.read())["error"]

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/json"
    assert error["type"] == "server_error"
    assert "ear" not in error["message"].split(), "the engine's own words are for the operator"
    assert customer.settled_balance() == CREDIT_MICROS


def test_failing_after_the_first_delta_is_said_in_the_stream(
    shaky: Server, customer: Account
) -> None:
    with transcript_stream(customer, "fail-after") as answer:
        delta, failure = events_of(answer)

    assert answer.status_code == 200
    assert delta["delta"] == "early"
    assert set(failure["error"]) == {"message", "type", "param", "code"}
    assert failure["error"]["type"] == "server_error"
    assert customer.settled_balance() == CREDIT_MICROS
    assert shaky.wait_for_job(customer, "failed")["cost_micros"] == 0


def test_the_sdk_raises_what_is_said_in_the_stream(customer: Account) -> None:
    with customer.sdk() as sdk:
        stream = sdk.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", upload()), stream=True, prompt="fail-after"
        )
        heard = []
        with pytest.raises(openai.APIError, match="You were not charged"):
            heard.extend(stream)
    assert [event.type for event in heard] == ["transcript.text.delta"]
    customer.settled_balance()


@grown_up_only
def test_a_worker_that_dies_mid_stream_is_not_replaced(shaky: Server, customer: Account) -> None:
    """Words that were sent can't be taken back: nobody hears them a second time."""
    worker = shaky.worker
    assert worker is not None
    with transcript_stream(customer, "crash") as answer:
        events = events_of(answer)
        assert next(events)["delta"] == "early"
        worker.kill()
        worker.start()
        (failure,) = events

    assert failure["error"]["type"] == "server_error"
    job = shaky.wait_for_job(customer, "failed", seconds=RECOVERY_SECONDS)
    assert (job["attempt"], job["cost_micros"]) == (1, 0)
    assert customer.settled_balance() == CREDIT_MICROS


ASKED = [
    pytest.param("transcriptions", {}, id="whole"),
    pytest.param("transcriptions", {"stream": "true"}, id="streamed", marks=pytest.mark.thorough),
    pytest.param(
        "translations", {"response_format": "text"}, id="translated", marks=pytest.mark.thorough
    ),
]


def ask(account: Account, path: str, script: str, fields: dict[str, str]) -> bytes:
    """What arrived of a transcript, perhaps nothing."""
    form = {"model": "whisper-1", "prompt": script} | fields
    received = b""
    with (
        suppress(httpx.HTTPError),
        account.http() as client,
        client.stream("POST", f"/audio/{path}", data=form, files={"file": upload()}) as answer,
    ):
        for piece in answer.iter_raw():
            received += piece
    return received


@pytest.fixture
def line() -> Iterator[ThreadPoolExecutor]:
    """A thread in which a client waits for its answer."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.mark.race
@pytest.mark.who_pays("the web server is killed before a transcript has arrived")
@grown_up_only
@pytest.mark.parametrize(("path", "fields"), ASKED)
def test_a_transcript_whose_web_process_was_killed_costs_nothing(
    shaky: Server,
    customer: Account,
    line: ThreadPoolExecutor,
    tmp_path: Path,
    path: str,
    fields: dict[str, str],
) -> None:
    """The worker knows nothing of it, and is done a moment later."""
    gate = tmp_path / "gate"
    waiting = line.submit(ask, customer, path, f"late {gate}", fields)
    shaky.wait_for_job(customer, "running")
    shaky.web.kill_alone()
    gate.touch()
    try:
        assert waiting.result(RECOVERY_SECONDS) == b""
        over = ("cancelled", "failed", "succeeded")
        job = shaky.wait_for_job(customer, *over, seconds=RECOVERY_SECONDS)
    finally:
        shaky.web.start()
        shaky.wait_ready()
    assert (job["status"], job["cost_micros"]) == ("cancelled", 0)
    assert customer.settled_balance() == CREDIT_MICROS


@pytest.mark.race
@grown_up_only
@pytest.mark.parametrize(("path", "fields"), ASKED)
def test_a_transcript_that_its_web_process_had_not_taken_costs_nothing(
    shaky: Server,
    customer: Account,
    line: ThreadPoolExecutor,
    tmp_path: Path,
    path: str,
    fields: dict[str, str],
) -> None:
    """The worker has sent it all, and then the web process is killed, which was stopped before."""
    gate = tmp_path / "gate"
    waiting = line.submit(ask, customer, path, f"late {gate}", fields)
    job = shaky.wait_for_job(customer, "running")
    os.kill(shaky.web.pid, signal.SIGSTOP)
    gate.touch()
    try:
        assert shaky.redis is not None
        with redis.Redis.from_url(shaky.redis.url) as channel:
            state = f"ap:line:{uuid.UUID(str(job['id']))}:state"
            sent = lambda: channel.hget(state, "produced")  # noqa: E731
            wait_until(sent, seconds=RECOVERY_SECONDS, what="the worker has sent it")
        shaky.web.kill_alone()
        assert waiting.result(RECOVERY_SECONDS) == b""
        over = ("cancelled", "failed", "succeeded")
        job = shaky.wait_for_job(customer, *over, seconds=RECOVERY_SECONDS)
    finally:
        if shaky.web.running:
            shaky.web.kill_alone()
        shaky.web.start()
        shaky.wait_ready()
    assert (job["status"], job["cost_micros"]) == ("cancelled", 0)
    assert customer.settled_balance() == CREDIT_MICROS


@pytest.mark.who_pays("the caller leaves in the middle of a transcript that is not streamed")
@pytest.mark.parametrize("tenths", [pytest.param(3, marks=pytest.mark.thorough), 9])
def test_who_leaves_in_the_middle_of_a_transcript_pays_for_what_arrived(
    shaky: Server, customer: Account, tenths: int
) -> None:
    """All but its last word would be had for nothing else."""
    fields = {"model": "whisper-1", "prompt": MANY_WORDS, "response_format": "verbose_json"}
    asked = httpx.Request("POST", customer.api, data=fields, files={"file": upload()})
    request = "transcriptions", asked.read(), asked.headers["content-type"]
    whole_bytes = taken(customer, *request)
    assert shaky.wait_for_job(customer, "succeeded")["cost_micros"] == PRICE_MICROS
    assert customer.settled_balance() == CREDIT_MICROS - PRICE_MICROS

    taken_bytes = taken(customer, *request, until_bytes=whole_bytes * tenths // 10)

    job = shaky.wait_for_job(customer, "cancelled")
    paid_bytes = whole_bytes * job["audio_ms"] / (1000 * SECONDS)
    assert taken_bytes - SLICE_BYTES <= paid_bytes <= taken_bytes + ACKNOWLEDGED_BYTES
    assert job["cost_micros"] == cost_micros(job["audio_ms"], INPUT_PRICE)
    assert customer.settled_balance() == CREDIT_MICROS - PRICE_MICROS - job["cost_micros"]


@pytest.mark.parametrize("heard", ["", "one", "one two three"])
def test_deltas_joined_are_the_text(customer: Account, heard: str) -> None:
    with transcript_stream(customer, f"say {heard}") as answer:
        *deltas, done = events_of(answer)

    assert "".join(delta["delta"] for delta in deltas) == done["text"] == heard
    assert len(deltas) == len(heard.split())
    assert customer.settled_balance() == CREDIT_MICROS - PRICE_MICROS
