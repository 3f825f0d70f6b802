"""A client that leaves pays for the audio that had been sent to it, and for nothing else."""

from __future__ import annotations

import json
import socket
import ssl
import time
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
IDLE_SECONDS = 1.0
"""How long a slow client does nothing: the server fills all buffers that it may fill."""
SLICE_BYTES = 24 * 1024
"""What is paid for as a piece, on the connection, and the head of the response."""
ACKNOWLEDGED_BYTES = 64 * 1024
"""What a client's machine takes at most that its program has not asked for."""
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


SAID = ["pcm", *(pytest.param(kind, marks=pytest.mark.thorough) for kind in ("mp3", "sse"))]


def spoken(account: Account, kind: str, *, until_bytes: int | None = None) -> int:
    """Ask for four minutes that the double speaks at once, and take it, or so many bytes of it."""
    said = speech("tone") | {"input": "word " * 819}
    said |= {"stream_format": "sse"} if kind == "sse" else {"response_format": kind}
    return taken(account, "speech", json.dumps(said).encode(), until_bytes=until_bytes)


def taken(
    account: Account,
    path: str,
    body: bytes,
    content_type: str = "application/json",
    *,
    until_bytes: int | None = None,
) -> int:
    """Send a request with a machine that keeps little for its program. Take so many bytes of the
    answer, or all, let the server do what it likes, and hang up.

    Returns the bytes of the connection that were taken.
    """
    address = urlsplit(account.api)
    head = (
        f"POST {address.path}/audio/{path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {account.key}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        plain.connect((address.hostname, address.port))
        connection = _trusting().wrap_socket(plain) if address.scheme == "https" else plain
        connection.sendall(head.encode() + body)
        count = 0
        while piece := connection.recv(4096):
            count += len(piece)
            if until_bytes and count >= until_bytes:
                time.sleep(IDLE_SECONDS)
                break
        connection.close()
    return count


def _trusting() -> ssl.SSLContext:
    """TLS with whoever answers: the certificate was made by the test."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.mark.who_pays("the caller leaves in the middle of a speech")
@pytest.mark.parametrize("kind", SAID)
def test_what_waits_in_the_server_for_a_slow_reader_is_not_paid(
    shaky: Server, customer: Account, kind: str
) -> None:
    """Its kernel would take megabytes of it, and count as sent what nobody has got."""
    whole_bytes = spoken(customer, kind)
    whole = shaky.wait_for_job(customer, "succeeded")
    paid_before = customer.settled_balance()

    taken_bytes = spoken(customer, kind, until_bytes=whole_bytes // 20)

    job = shaky.wait_for_job(customer, "cancelled")
    paid_bytes = whole_bytes * job["audio_ms"] / whole["audio_ms"]
    assert taken_bytes - SLICE_BYTES <= paid_bytes <= taken_bytes + ACKNOWLEDGED_BYTES
    assert job["cost_micros"] == cost_micros(job["audio_ms"], PRICE)
    assert customer.settled_balance() == paid_before - job["cost_micros"]


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
