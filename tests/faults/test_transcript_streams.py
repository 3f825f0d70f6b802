"""`stream=true` when things go wrong, and when the client goes: a transcript is paid when it is
whole and somebody is there to get it, or not at all."""

from __future__ import annotations

import io
import json
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from audiopod.common.money import cost_micros
from tests.conftest import MakeServer
from tests.faults.conftest import CREDIT_MICROS, FAULT_ENV, grown_up_only
from tests.harness.account import Account
from tests.harness.server import MODES, Server

SECONDS = 3
INPUT_PRICE = 10_000
"""Micro-dollars a minute."""
PRICE_MICROS = 500
"""Of three seconds, at a cent a minute."""
RECOVERY_SECONDS = 60
UNHEARD_WORDS = 5
"""How many words the slow ear may hear before a departure is noticed on a busy machine."""


@pytest.fixture(scope="module", params=MODES)
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


@pytest.mark.parametrize("heard", ["", "one", "one two three"])
def test_deltas_joined_are_the_text(customer: Account, heard: str) -> None:
    with transcript_stream(customer, f"say {heard}") as answer:
        *deltas, done = events_of(answer)

    assert "".join(delta["delta"] for delta in deltas) == done["text"] == heard
    assert len(deltas) == len(heard.split())
    assert customer.settled_balance() == CREDIT_MICROS - PRICE_MICROS
