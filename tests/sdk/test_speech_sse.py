"""`stream_format: "sse"` with real engines, and what else the speech endpoint answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openai import OpenAI

from audiopod.common.money import cost_micros
from tests.harness.account import Account
from tests.harness.audio import hear
from tests.harness.server import Server
from tests.sdk.conftest import Charged

SENTENCE = "The quick brown fox jumps over the lazy dog."
PRICE = 40_000
"""Micro-dollars per minute of generated audio."""


def events_of(lines: Any) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line]


@pytest.mark.parametrize("response_format", ["mp3", "wav", "pcm"])
def test_the_official_client_reads_the_events(
    sdk: OpenAI, charged: Charged, response_format: str
) -> None:
    with sdk.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="joe",
        input=SENTENCE,
        instructions="Speak cheerfully.",
        response_format=response_format,  # type: ignore[arg-type]
        stream_format="sse",
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        *deltas, done = events_of(response.iter_lines())

    paid, job = charged()
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    sound = hear(
        b"".join(base64.b64decode(delta["audio"]) for delta in deltas),
        raw_pcm=response_format == "pcm",
    )
    assert sound.seconds == pytest.approx(job["audio_ms"] / 1000, abs=0.15)
    output_tokens = -(-job["audio_ms"] * 20 // 1000)
    assert done == {
        "type": "speech.audio.done",
        "usage": {
            "input_tokens": 11,
            "output_tokens": output_tokens,
            "total_tokens": 11 + output_tokens,
        },
    }
    assert paid == cost_micros(job["audio_ms"], PRICE)


def test_a_break_is_heard_and_paid_for(sdk: OpenAI, charged: Charged) -> None:
    speech = sdk.audio.speech.create(
        model="tts-1", voice="joe", input='One. <break time="3s"/> Two.', response_format="pcm"
    )
    _, job = charged()
    sound = hear(speech.content, raw_pcm=True)
    assert 3.5 < sound.seconds < 6
    assert job["audio_ms"] == pytest.approx(1000 * sound.seconds, abs=1)


def test_a_hold_covers_the_longest_breaks(
    server: Server, account: Account, spent: Callable[[], int]
) -> None:
    text = "Go." + '<break time="10s"/>' * 20
    with account.http() as client:
        answer = client.post(
            "/audio/speech",
            json={"model": "tts-1", "voice": "joe", "input": text, "response_format": "pcm"},
        )
    seconds = hear(answer.content, raw_pcm=True).seconds
    assert 200 < seconds < 203
    # What exceeds its hold would not be charged.
    assert spent() == pytest.approx(seconds * PRICE / 60, abs=PRICE / 60)


def test_the_length_is_counted_in_characters(client: httpx.Client) -> None:
    text = "a" + "\N{GRINNING FACE}" * 4095
    body = {"model": "tts-1", "voice": "joe", "input": text}
    assert client.post("/audio/speech", json=body).status_code == 200
    answer = client.post("/audio/speech", json=body | {"input": text + "b"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "input"


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_only_post_makes_speech(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/audio/speech")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    if method != "HEAD":
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_options_needs_no_key(server: Server) -> None:
    answer = httpx.options(f"{server.api}/audio/speech", timeout=30, verify=False)
    assert answer.status_code in {200, 204}
    assert "POST" in answer.headers["allow"]
