"""HTTP: one thread a connection, on the loopback interface only."""

from __future__ import annotations

import json
import socket
import traceback
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fake_stripe.api import Answer, Api, Call
from fake_stripe.control import Control
from fake_stripe.errors import ApiError
from fake_stripe.pages import Pages
from fake_stripe.pages.layout import Page
from fake_stripe.state import Obj, State

_LARGEST_BODY = 1_000_000
_IDLE_SECONDS = 60
_HANG_SECONDS = 120
"""How long a client that is left without an answer may wait before it is hung up on."""
_LOCAL = ("127.0.0.1", "localhost")
_FORWARDED = ("Origin", "X-Forwarded-For", "Forwarded")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, make: Callable[[str], tuple[State, Api, Control, Pages]], file: Path | None
    ) -> None:
        """`make` is given the URL at which the server listens."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.state, self.api, self.control, self.pages = make(self.url)
        self.state.port = self.server_address[1]
        self.file = file

    def save(self) -> None:
        if self.file and self.state.touched:
            with self.state.lock:
                self.state.save(self.file)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "FakeStripe"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Nothing: what was asked is under /_fake/requests."""

    def _serve(self) -> None:
        size = self.headers.get("Content-Length", "0")
        if not size.isdecimal() or int(size) > _LARGEST_BODY:
            self.close_connection = True
            return self._send(413, b"Too large.", {"Content-Type": "text/plain"})
        body = self.rfile.read(int(size)).decode("utf-8", "replace")
        try:
            self._dispatch(body)
        except OSError:  # the client has gone
            self.close_connection = True
        except Exception:  # noqa: BLE001 - a mistake of ours, shown to both sides
            traceback.print_exc()
            said = {"type": "api_error", "message": "A mistake of the fake Stripe: see its log."}
            self._json(Answer(500, {"error": said}))
        return None

    def _dispatch(self, body: str) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/v1/"):
            self._api(parts.path, parts.query, body)
        elif parts.path.startswith("/_fake/"):
            self._control(parts.path.removeprefix("/_fake/"), body)
        else:
            self._page(parts.path, body)

    def _api(self, path: str, query: str, body: str) -> None:
        header = self.headers.get
        call = Call(
            method=self.command,
            path=path,
            params=body if self.command == "POST" else query,
            authorization=header("Authorization", ""),
            version=header("Stripe-Version", ""),
            key=header("Idempotency-Key", ""),
        )
        answer = self.server.api.answer(call)
        self.server.save()
        if answer.fate == "answer":
            self._json(answer)
        elif answer.fate == "hang":
            self._leave_waiting()
        else:
            self._hang_up()

    def _control(self, name: str, body: str) -> None:
        local = self.headers.get("Host", "").partition(":")[0] in _LOCAL
        if not local or any(self.headers.get(name) for name in _FORWARDED):
            # a page in somebody's browser, or a proxy: no test
            return self._json(Answer(403, {"error": {"message": "Not through a browser."}}))
        try:
            given: Obj = json.loads(body or "{}")
            answer = Answer(200, self.server.control.answer(self.command, name, given))
        except ValueError:
            answer = Answer(400, {"error": {"message": "The body is to be JSON."}})
        except ApiError as error:
            answer = Answer(error.status, error.body())
        self.server.save()
        return self._json(answer)

    def _page(self, path: str, body: str) -> None:
        page: Page = self.server.pages.answer(self.command, path, body)
        self.server.save()
        self._send(page.status, page.html.encode(), page.headers)

    def _json(self, answer: Answer) -> None:
        with self.server.state.lock:
            body = json.dumps(answer.body, indent=2).encode()
        self._send(answer.status, body, {"Content-Type": "application/json"} | answer.headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _leave_waiting(self) -> None:
        """Say nothing until the client gives up."""
        self.connection.settimeout(_HANG_SECONDS)
        with suppress(OSError):
            self.rfile.read(1)
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
