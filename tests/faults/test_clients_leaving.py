"""A client that leaves pays for the audio that had been sent to it, and for nothing else."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.doubles import CHUNK_SECONDS, SLOW_SECONDS
from tests.faults.conftest import CREDIT_MICROS, PCM_BYTES_PER_MS, speech, speech_stream
from tests.harness.account import Account
from tests.harness.server import Server

PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
STORY = (
    "The mill stood where the two streams met, and nobody remembered who had built it."
    " In spring the wheel turned day and night, and flour lay on the road like late snow."
    " My grandfather slept beside the stones, because he woke when they fell silent."
    " He said that a mill is like a clock: you only hear it when it stops."
)
NOTICED_MS = 1_000
"""How much the double may have said before a departure is noticed on a busy machine."""


def listen(account: Account, voice: str, *, until_bytes: int) -> int:
    """Take audio until there is enough of it, then hang up. Returns the bytes received."""
    received = 0
    with speech_stream(account, voice) as answer:
        for piece in answer.iter_raw():
            received += len(piece)
            if received >= until_bytes:
                break
    return received


def test_leaving_before_the_first_byte_costs_nothing(shaky: Server, customer: Account) -> None:
    with customer.http() as client:
        impatient = httpx.Timeout(30, read=0.8)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/audio/speech", json=speech("late"), timeout=impatient)

    assert shaky.wait_for_job(customer, "cancelled")["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS


@pytest.mark.parametrize("chunks", [1, 3, 5, 8])
def test_leaving_in_the_middle_costs_what_was_sent(
    shaky: Server, customer: Account, chunks: int
) -> None:
    """Hanging up as a chunk arrives, the server is just noting down that it has sent it."""
    chunk_ms = 1000 * CHUNK_SECONDS
    until_bytes = int(chunks * chunk_ms * PCM_BYTES_PER_MS)

    received_ms = listen(customer, "slow", until_bytes=until_bytes) / PCM_BYTES_PER_MS

    job = shaky.wait_for_job(customer, "cancelled", "succeeded")
    assert job["status"] == "cancelled"
    assert received_ms - chunk_ms - 1 <= job["audio_ms"] <= received_ms + NOTICED_MS
    assert 0 < job["audio_ms"] < 1000 * SLOW_SECONDS
    assert job["cost_micros"] == cost_micros(job["audio_ms"], PRICE)
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]


def test_leaving_after_the_last_byte_costs_the_whole(shaky: Server, customer: Account) -> None:
    whole_ms = int(1000 * SLOW_SECONDS)

    # The connection is cut before the end of the response has been read.
    listen(customer, "slow", until_bytes=whole_ms * PCM_BYTES_PER_MS)

    job = shaky.wait_for_job(customer, "succeeded", "cancelled")
    assert job["audio_ms"] == whole_ms
    assert customer.settled_balance() == CREDIT_MICROS - cost_micros(whole_ms, PRICE)


def test_leaving_before_the_transcript_costs_nothing(shaky: Server, customer: Account) -> None:
    with customer.http() as client:
        said = {"model": "tts-1", "voice": "joe", "input": STORY}
        sound = client.post("/audio/speech", json=said | {"response_format": "flac"}).content
        before = customer.settled_balance()
        upload = client.build_request(
            "POST", "/audio/transcriptions", data={"model": "whisper-1"}, files={"file": sound}
        )
    connection = HTTPConnection(urlsplit(customer.api).netloc, timeout=30)
    connection.request("POST", upload.url.path, body=upload.read(), headers=dict(upload.headers))
    shaky.wait_for_job(customer, "running")

    connection.close()

    job = shaky.wait_for_job(customer, "cancelled", seconds=60)
    assert job["kind"] == "transcription"
    assert job["cost_micros"] == 0
    assert customer.settled_balance() == before
