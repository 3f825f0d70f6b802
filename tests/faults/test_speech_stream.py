"""What has been spoken leaves before the rest is made, in every format and as events."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audiopod.common.money import cost_micros
from tests.doubles import CHUNK_SECONDS, SLOW_SECONDS
from tests.faults.conftest import CREDIT_MICROS, PCM_BYTES_PER_MS, speech
from tests.harness.account import Account
from tests.harness.audio import hear
from tests.harness.server import Server

FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]
PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
GATED_TEXT = (
    "The first of these sentences can be heard before anybody opens the gate to the second one,"
    " which stands at {gate}"
)


def seconds_in(received: bytes, response_format: str) -> float:
    """Seconds that a player makes of the bytes so far; 0 while there are too few."""
    try:
        return hear(received, raw_pcm=response_format == "pcm").seconds
    except AssertionError:
        return 0.0


def events_in(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Each event as soon as it is complete."""
    for line in lines:
        if line:
            assert line.startswith("data: ")
            yield json.loads(line.removeprefix("data: "))


def audio_of(event: dict[str, Any]) -> bytes:
    assert set(event) == {"type", "audio"}
    assert event["type"] == "speech.audio.delta"
    return base64.b64decode(event["audio"], validate=True)


@pytest.mark.thorough
def test_the_first_bytes_leave_before_the_rest_is_made(
    shaky: Server, customer: Account, tmp_path: Path
) -> None:
    for response_format in FORMATS:
        gate = tmp_path / response_format
        body = speech("gated") | {
            "input": GATED_TEXT.format(gate=gate),
            "response_format": response_format,
        }
        with customer.http() as client, client.stream("POST", "/audio/speech", json=body) as answer:
            pieces, received = answer.iter_raw(), b""
            # Almost all of the first second: a codec may keep back its last frame.
            while seconds_in(received, response_format) < 0.85:
                received += next(pieces)
            job = shaky.last_job(customer)
            gate.touch()
            received += b"".join(pieces)

        assert job is not None
        assert job["status"] == "running"
        assert seconds_in(received, response_format) == pytest.approx(2, abs=0.15)


@pytest.mark.thorough
def test_the_first_event_leaves_before_the_rest_is_made(
    shaky: Server, customer: Account, tmp_path: Path
) -> None:
    gate = tmp_path / "open"
    body = speech("gated") | {"input": GATED_TEXT.format(gate=gate), "stream_format": "sse"}
    with customer.http() as client, client.stream("POST", "/audio/speech", json=body) as answer:
        assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
        events, received = events_in(answer.iter_lines()), b""
        while seconds_in(received, "pcm") < 0.85:
            received += audio_of(next(events))
        gate.touch()
        *deltas, done = events

    received += b"".join(map(audio_of, deltas))
    assert seconds_in(received, "pcm") == 2
    text_tokens = -(-len(body["input"]) // 4)
    assert done == {
        "type": "speech.audio.done",
        "usage": {
            "input_tokens": text_tokens,
            "output_tokens": 40,
            "total_tokens": text_tokens + 40,
        },
    }


@pytest.mark.thorough
def test_a_failure_before_the_first_event_is_an_ordinary_error(
    shaky: Server, customer: Account
) -> None:
    with customer.http() as client:
        answer = client.post(
            "/audio/speech", json=speech("faulty-before") | {"stream_format": "sse"}
        )

    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert customer.settled_balance() == CREDIT_MICROS


def test_a_failure_in_the_middle_is_the_last_event_and_costs_nothing(
    shaky: Server, customer: Account
) -> None:
    body = speech("faulty-after") | {"stream_format": "sse"}
    with customer.http() as client, client.stream("POST", "/audio/speech", json=body) as answer:
        assert answer.status_code == 200
        *deltas, failure = events_in(answer.iter_lines())

    assert b"".join(map(audio_of, deltas))
    error = failure["error"]
    assert set(failure) == {"error"}
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "server_error"
    assert "not charged" in error["message"]
    assert shaky.wait_for_job(customer, "failed")["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS


def test_leaving_among_the_events_costs_what_was_sent(shaky: Server, customer: Account) -> None:
    chunk_ms = int(1000 * CHUNK_SECONDS)
    received = 0
    body = speech("slow") | {"stream_format": "sse"}
    with customer.http() as client, client.stream("POST", "/audio/speech", json=body) as answer:
        for event in events_in(answer.iter_lines()):
            received += len(audio_of(event))
            if received >= 3 * chunk_ms * PCM_BYTES_PER_MS:
                break

    job = shaky.wait_for_job(customer, "cancelled", "succeeded")
    assert job["status"] == "cancelled"
    assert received / PCM_BYTES_PER_MS - chunk_ms - 1 <= job["audio_ms"] < 1000 * SLOW_SECONDS
    assert job["cost_micros"] == cost_micros(job["audio_ms"], PRICE) > 0
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]
