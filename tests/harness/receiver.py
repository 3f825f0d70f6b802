"""Whoever is told of events: a real HTTP server on loopback that verifies what comes, and then
answers, hangs, drips, redirects, resets or hangs up, as a test says."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]
TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Event:
    """One request: what a receiver is told."""

    headers: Message
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.raw)
        return told

    @property
    def id(self) -> str:
        return self.headers["X-AudioPod-Event-Id"]

    @property
    def timestamp(self) -> int:
        return int(self.headers["X-AudioPod-Timestamp"])

    def is_signed_with(self, secret: str) -> bool:
        """As the documentation tells receivers to find out, written once more."""
        signed = self.headers["X-AudioPod-Timestamp"].encode() + b"." + self.raw
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        is_fresh = abs(time.time() - self.timestamp) < TOLERANCE_SECONDS
        return is_fresh and hmac.compare_digest(
            self.headers["X-AudioPod-Signature"], f"sha256={expected}"
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: EventReceiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.owner.take(Event(self.headers, raw))
        self.owner.behaviour(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class EventReceiver:
    """`with EventReceiver() as receiver:`; `.events` came, `.behaviour` is what it does next.

    secret: when it is set, an event that is not signed with it is kept in `.forged`.
    """

    def __init__(self, behaviour: Behaviour | int = 200, *, tls: ssl.SSLContext | None = None):
        self.behaviour = answers(behaviour) if isinstance(behaviour, int) else behaviour
        self.secret = ""
        self.events: list[Event] = []
        self.forged: list[Event] = []
        self.over = threading.Event()
        self._changed = threading.Condition()
        handler = type("Handler", (Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}/hook?from=audiopod"

    def take(self, event: Event) -> None:
        with self._changed:
            if self.secret and not event.is_signed_with(self.secret):
                self.forged.append(event)
            self.events.append(event)
            self._changed.notify_all()

    def ids(self) -> set[str]:
        with self._changed:
            return {event.id for event in self.events}

    def wait_for(self, is_enough: Callable[[list[Event]], bool], *, seconds: float = 60) -> None:
        """Until the events are enough; TimeoutError when they never are."""
        with self._changed:
            if not self._changed.wait_for(lambda: is_enough(self.events), timeout=seconds):
                raise TimeoutError(f"{len(self.events)} events in {seconds:g} s")

    def __enter__(self) -> EventReceiver:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


# --- behaviours ---------------------------------------------------------------------------------
def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler: handler.answer(status, body, **headers)


def hangs(handler: Handler) -> None:
    """Says nothing until the test is over."""
    handler.owner.over.wait()


def drips(handler: Handler) -> None:
    """A byte of a header now and then, so that something always arrives."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.owner.over.wait(0.05):
        handler.wfile.write(b".")


def drips_its_body(handler: Handler) -> None:
    """Says 200 at once, and then a byte of the body now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not handler.owner.over.wait(0.05):
        handler.wfile.write(b".")


def resets(handler: Handler) -> None:
    """The connection is reset, not closed."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hangs_up(handler: Handler) -> None:
    """Closes without a word."""
    handler.close_connection = True


def talks_nonsense(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
    handler.close_connection = True


def talks_on(handler: Handler) -> None:
    """A body that never ends, as fast as it is taken."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.owner.over.is_set():
        handler.wfile.write(b"x" * 65536)
