"""A local server that nobody should ever ask, for files that try to make a decoder ask it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Bait(HTTPServer):
    """Notes every connection, and the path of every request that is HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refuse)
        self.connections = 0
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret.ts"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class _Refuse(BaseHTTPRequestHandler):
    server: Bait

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bait_laid() -> Iterator[Bait]:
    with Bait() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
