"""The gate behind a real socket: what it takes of an upload, and what its client gets to see."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.keys import tokens
from audio_api.models import Job
from audiopod import gate as gate_module
from audiopod.asgi_types import App
from audiopod.cors import Cors
from audiopod.gate import Gate
from audiopod.intake import Pace, Spool
from tests.audiopod.serving import Served, chunk, everything_from, head, serving
from tests.audiopod.test_gate import Recorder
from tests.harness.programs import wait_until
from wallet.models import Hold

MIB = 1024 * 1024
UPLOAD_BYTES = 200 * MIB
LIMIT = 4 * MIB
A_FEW_BYTES = 4 * MIB
SLOW_SECONDS = 0.4
GOOD_KEY = tokens.make_token()
both_servers = pytest.mark.parametrize(
    "protocol", ["httptools", pytest.param("h11", marks=pytest.mark.thorough)]
)


def gate(app: App, *, pace: Pace | None = None, spool_bytes: int = 10**9) -> Gate:
    return Gate(
        app,
        max_body_bytes=LIMIT,
        max_transcript_bytes=9_216_000,
        pace=pace or Pace(bytes_per_second=1024, seconds=30),
        spool=Spool(max_bytes=spool_bytes, memory_bytes=65_536),
        cors=Cors(["*"]),
    )


class Fresh:
    """A new Recorder for every request."""

    async def __call__(self, *args: Any) -> None:
        await Recorder()(*args)


def push(connection: socket.socket, *, chunked: bool) -> None:
    """Send 200 MB, or as much as the other side takes."""
    piece = bytes(MIB)
    try:
        for _ in range(UPLOAD_BYTES // MIB):
            connection.sendall(chunk(piece) if chunked else piece)
    except OSError:
        return


def answer_of(said: bytes) -> tuple[int, dict[str, str], Any]:
    top, _, body = said.partition(b"\r\n\r\n")
    status_line, *lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(status_line.split()[1]), headers, json.loads(body)


def upload(served: Served, *, chunked: bool, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Send a large body while reading, as an HTTP client does that expects a refusal."""
    length = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": str(UPLOAD_BYTES)}
    with served.connect() as connection:
        connection.sendall(head(**headers, **length))
        sending = threading.Thread(target=push, args=[connection], kwargs={"chunked": chunked})
        sending.start()
        said = everything_from(connection)
        sending.join()
    return answer_of(said)


# --- how much is taken --------------------------------------------------------------------------
@both_servers
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("key", [{}, {"x_api_key": "ap_nonsense"}], ids=["no key", "malformed"])
def test_a_stranger_s_200_mb_are_refused_after_a_few(
    protocol: str, chunked: bool, key: dict[str, str]
) -> None:
    with serving(gate(Recorder()), protocol=protocol) as served:
        status, headers, body = upload(served, chunked=chunked, **key)
    assert status == 401
    assert body["error"]["code"] == ("invalid_api_key" if key else None)
    assert headers["connection"] == "close"
    assert served.taken_bytes <= A_FEW_BYTES


@both_servers
def test_who_asks_before_sending_sends_nothing(protocol: str) -> None:
    with serving(gate(Recorder()), protocol=protocol) as served, served.connect() as connection:
        asking = head(Content_Length=str(UPLOAD_BYTES), Expect="100-continue")
        connection.sendall(asking)
        said = everything_from(connection)
    assert answer_of(said)[0] == 401, "and no 100 Continue before it"
    assert served.taken_bytes == len(asking)


@both_servers
def test_who_may_send_is_told_to_continue(protocol: str) -> None:
    with serving(gate(Recorder()), protocol=protocol) as served, served.connect() as connection:
        connection.sendall(
            head(x_api_key=GOOD_KEY, Content_Length="3", Expect="100-continue", Connection="close")
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"abc")
        assert everything_from(connection).startswith(b"HTTP/1.1 200 ")


@both_servers
def test_a_declared_length_over_the_limit_is_refused_after_a_few(protocol: str) -> None:
    with serving(gate(Recorder()), protocol=protocol) as served:
        status, _, body = upload(served, chunked=False, x_api_key=GOOD_KEY)
    assert status == 413
    assert f"({UPLOAD_BYTES} bytes read)" in body["error"]["message"]
    assert served.taken_bytes <= A_FEW_BYTES


@both_servers
def test_a_chunked_body_is_cut_at_the_limit_and_its_sender_learns_why(protocol: str) -> None:
    with serving(gate(Recorder()), protocol=protocol) as served:
        status, headers, body = upload(served, chunked=True, x_api_key=GOOD_KEY)
    assert (status, body["error"]["type"]) == (413, "server_error")
    assert headers["x-request-id"]
    assert served.taken_bytes <= LIMIT + A_FEW_BYTES


@both_servers
def test_a_full_disk_share_is_told_before_the_whole_body_came(protocol: str) -> None:
    with serving(gate(Recorder(), spool_bytes=MIB), protocol=protocol) as served:
        status, headers, body = upload(served, chunked=True, x_api_key=GOOD_KEY)
    assert (status, body["error"]["code"]) == (503, "overloaded")
    assert int(headers["retry-after"]) > 0
    assert served.taken_bytes <= MIB + A_FEW_BYTES


# --- how long it may take -----------------------------------------------------------------------
@both_servers
@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "dripping"])
def test_a_slow_uploader_is_dropped(protocol: str, drip: bytes) -> None:
    pace = Pace(bytes_per_second=1024, seconds=SLOW_SECONDS)
    with (
        serving(gate(Recorder(), pace=pace), protocol=protocol) as served,
        served.connect() as connection,
    ):
        began = time.monotonic()
        connection.sendall(head(x_api_key=GOOD_KEY, Content_Length="100000") + b"RIFF")
        connection.settimeout(0.05)
        said = b""
        while not said and time.monotonic() - began < 10:
            connection.sendall(drip)
            try:
                said = connection.recv(65_536)
            except TimeoutError:
                continue
        connection.settimeout(5)
        said += everything_from(connection)
        took_seconds = time.monotonic() - began
    status, headers, body = answer_of(said)
    assert status == 408
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert headers["connection"] == "close"
    assert took_seconds < SLOW_SECONDS * 5


# --- one connection, many requests --------------------------------------------------------------
@both_servers
def test_requests_on_one_connection_are_judged_one_by_one(protocol: str) -> None:
    good = head(x_api_key=GOOD_KEY, Content_Length="5") + b"hello"
    bad = head(Content_Length="5") + b"hello"
    with serving(gate(Fresh()), protocol=protocol) as served, served.connect() as connection:
        connection.sendall(good + good + bad + good)
        said = everything_from(connection)
    statuses = [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"401"], "after a refusal the connection ends"


@both_servers
def test_a_preflight_keeps_the_connection(protocol: str) -> None:
    asking = head(
        method="OPTIONS", Origin="https://app.example.com", Access_Control_Request_Method="POST"
    )
    good = head(x_api_key=GOOD_KEY, Content_Length="5", Connection="close") + b"hello"
    with serving(gate(Fresh()), protocol=protocol) as served, served.connect() as connection:
        connection.sendall(asking + good)
        said = everything_from(connection)
    preflight, answer = said.split(b"HTTP/1.1 ")[1:]
    assert preflight.startswith(b"204 ")
    assert preflight.endswith(b"\r\n\r\n"), "it has no body"
    assert b"content-length" not in preflight, "RFC 9110, section 8.6"
    assert answer.startswith(b"200 ")


# --- with Django behind it ----------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_half_a_body_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiopod.asgi import application

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = application.app.spool  # type: ignore[attr-defined]
    before = spool.free_bytes
    with serving(application) as served:
        with served.connect() as connection:
            connection.sendall(head(x_api_key=GOOD_KEY, Content_Length="20000000") + bytes(MIB))
            wait_until(
                lambda: spool.free_bytes < before, seconds=10, what="the body is on its way to disk"
            )
        wait_until(lambda: spool.free_bytes == before, seconds=10, what="its room is given back")
    assert list(tmp_path.iterdir()) == []
    assert (Job.objects.count(), Hold.objects.count()) == (0, 0)


def test_lingering_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused client that neither sends nor leaves does not keep its connection."""
    monkeypatch.setattr(gate_module, "LINGER_SECONDS", 0.3)
    with serving(gate(Recorder())) as served, served.connect(seconds=5) as connection:
        connection.sendall(head(Content_Length="100000"))
        said = everything_from(connection)
    assert answer_of(said)[0] == 401
