"""A client that leaves pays for the audio that had been sent to it, and for nothing else."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.doubles import CHUNK_SECONDS, SLOW_SECONDS, TONE_SECONDS_PER_CHARACTER
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


@pytest.mark.who_pays("the caller leaves in the middle of a speech")
@pytest.mark.parametrize(
    "chunks", [3, *(pytest.param(chunks, marks=pytest.mark.thorough) for chunks in (1, 5, 8))]
)
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


@pytest.mark.who_pays("it succeeds")
def test_leaving_after_the_last_byte_costs_the_whole(shaky: Server, customer: Account) -> None:
    whole_ms = int(1000 * SLOW_SECONDS)

    # The connection is cut before the end of the response has been read.
    listen(customer, "slow", until_bytes=whole_ms * PCM_BYTES_PER_MS)

    job = shaky.wait_for_job(customer, "succeeded", "cancelled")
    assert job["audio_ms"] == whole_ms
    assert customer.settled_balance() == CREDIT_MICROS - cost_micros(whole_ms, PRICE)


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
def test_what_waits_behind_a_connection_that_is_gone_is_not_sent(
    shaky: Server, customer: Account, stream_format: str
) -> None:
    """The double speaks four minutes at once; the client hangs up after a second of them.

    What lies in the buffers of the two sockets counts as sent: nobody can tell.
    """
    said = speech("tone") | {"input": "word " * 819, "stream_format": stream_format}
    body = json.dumps(said).encode()
    address = urlsplit(customer.api)
    head = (
        f"POST {address.path}/audio/speech HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {customer.key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        connection.connect((address.hostname, address.port))
        connection.sendall(head.encode() + body)
        taken = 0
        while taken < 1000 * PCM_BYTES_PER_MS:
            taken += len(connection.recv(4096))

    job = shaky.wait_for_job(customer, "cancelled", "succeeded")
    whole_ms = 819 * 5 * 1000 * TONE_SECONDS_PER_CHARACTER
    assert job["status"] == "cancelled"
    assert 500 <= job["audio_ms"] < 0.8 * whole_ms
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]


@pytest.mark.who_pays("the caller leaves before a transcript that is not streamed")
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
