"""The address that `manage.py run` takes, and the words when it can't have it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management.base import CommandError

from audio_api.process.port import reserve, url_of
from tests.harness.programs import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which some program listens that says nothing."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


class EarlierServer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status": "ok", "service": "audiopod"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def earlier_server() -> Iterator[int]:
    """A port at which something answers as AudioPod does."""
    with HTTPServer(("127.0.0.1", 0), EarlierServer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def refusal(host: str, port: str) -> str:
    with pytest.raises(CommandError) as refused:
        reserve(host, port)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_free_port_is_taken_at_once() -> None:
    port = free_port()
    with reserve("127.0.0.1", str(port)) as listener:
        listener.listen()
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_any_free_port_is_told() -> None:
    with reserve("127.0.0.1", "0") as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_every_address_is_shown_as_one_that_answers_here() -> None:
    port = free_port()
    with reserve("0.0.0.0", str(port)) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{port}"


def test_a_port_with_another_program_names_the_next(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_api.process.port.PROBE_SECONDS", 0.1)
    words = refusal("127.0.0.1", str(taken))
    assert f"Port {taken} is taken by another program" in words
    assert f"`PORT={taken + 1} make run`" in words


def test_an_audiopod_that_runs_already_is_recognised(earlier_server: int) -> None:
    words = refusal("127.0.0.1", str(earlier_server))
    assert f"AudioPod is running at port {earlier_server} already" in words


@pytest.mark.parametrize("port", ["", "http", "-1", "65536", "8000.0", "٨٠٠٠"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    assert refusal("127.0.0.1", port).startswith(f"PORT={port} is not a port")


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", "x" * 300])
def test_a_host_that_is_not_here_is_named(host: str) -> None:
    assert f"HOST={host} is no address of this machine" in refusal(host, "0")
