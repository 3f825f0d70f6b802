"""A connection that never sends a whole head of a request is closed; others are left alone."""

from __future__ import annotations

import socket
import time

import pytest

from audiopod import protocol
from tests.audiopod.serving import everything_from, head, serving
from tests.audiopod.test_gate import Recorder

SECONDS = 0.4


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", SECONDS)


@pytest.mark.parametrize("said_first", [b"", b"POST /api/v1/audio/speech HTTP/1.1\r\nHost: a\r\n"])
def test_a_head_that_never_ends_ends_the_connection(said_first: bytes) -> None:
    with serving(Recorder(), protocol="prompt") as served, served.connect() as connection:
        began = time.monotonic()
        connection.sendall(said_first)
        assert everything_from(connection) == b""
        assert SECONDS * 0.8 < time.monotonic() - began < SECONDS * 10


def drip(connection: socket.socket) -> None:
    for _ in range(200):
        time.sleep(SECONDS / 10)
        connection.sendall(b"x")


def test_a_head_that_drips_ends_the_connection_too() -> None:
    with serving(Recorder(), protocol="prompt") as served, served.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            drip(connection)


def test_a_second_head_that_never_ends_ends_the_connection() -> None:
    with serving(Recorder(), protocol="prompt") as served, served.connect() as connection:
        connection.sendall(head("/", method="GET"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        everything_from(connection)
        assert time.monotonic() - began < SECONDS * 10


def test_a_slow_body_and_a_pause_between_requests_are_not_its_business() -> None:
    with serving(Recorder(), protocol="prompt") as served, served.connect() as connection:
        connection.sendall(head("/", Content_Length="2") + b"a")
        time.sleep(SECONDS * 2)
        connection.sendall(b"b")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        time.sleep(SECONDS * 2)
        connection.sendall(head("/", method="GET", Connection="close"))
        assert everything_from(connection).startswith(b"HTTP/1.1 200 ")
