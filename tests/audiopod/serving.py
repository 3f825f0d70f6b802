"""An ASGI application behind a real socket, in a thread of the test's own process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from audiopod.asgi_types import App
from audiopod.protocol import PromptHeadProtocol

PROTOCOLS: dict[str, type[asyncio.Protocol]] = {
    "h11": H11Protocol,
    "httptools": HttpToolsProtocol,
    "prompt": PromptHeadProtocol,
}


Loop = Literal["auto", "asyncio", "uvloop"]


@dataclass
class Served:
    """Where it is served, and how many bytes it has taken from its clients."""

    port: int
    taken: list[int] = field(default_factory=list)

    @property
    def taken_bytes(self) -> int:
        return sum(self.taken)

    def connect(self, *, seconds: float = 20) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)


def _counting(protocol: Any, taken: list[int]) -> Any:
    class Counting(protocol):  # type: ignore[misc]
        def data_received(self, data: bytes) -> None:
            taken.append(len(data))
            super().data_received(data)

    return Counting


@contextmanager
def serving(app: App, *, protocol: str = "h11", loop: Loop = "auto") -> Iterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    served = Served(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        http=_counting(PROTOCOLS[protocol], served.taken),
        loop=loop,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


def head(
    path: str = "/api/v1/audio/transcriptions", *, method: str = "POST", **headers: str
) -> bytes:
    """The head of a request; `x_api_key` in `headers` is the header X-API-Key."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def everything_from(connection: socket.socket) -> bytes:
    """What the server says until it ends the connection, also when it resets it."""
    said = b""
    try:
        while piece := connection.recv(65_536):
            said += piece
    except ConnectionResetError:
        pass
    return said
