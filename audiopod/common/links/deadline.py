"""A connection that is over when its time is, whatever the other side does with it.

A timeout of a socket is for each operation: who sends a byte now and then never meets it. Here each
operation gets what is left of the whole.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from typing import Any

from audiopod.common.links.allow import AllowList
from audiopod.common.links.connect import connect
from audiopod.common.links.links import Link
from audiopod.common.links.verdict import FetchFailed, FetchReason

Outcome = socket.socket | BaseException


class Deadline:
    """So many seconds from now on."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """In seconds. Raises TimeoutError when there are none."""
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def connect_within(link: Link, allow: AllowList, deadline: Deadline) -> socket.socket:
    """A socket to a link's host, as `connect` makes it. Raises FetchError.

    It is connected in a thread: nothing can interrupt a look-up of a name that gets no answer.
    """
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    given_up = threading.Event()
    work = (link, allow, deadline.left(), outcomes, given_up)
    threading.Thread(target=_connect, args=work, name="connect", daemon=True).start()
    try:
        outcome = outcomes.get(timeout=deadline.left())
    except (queue.Empty, TimeoutError):
        given_up.set()
        _close_late(outcomes)
        raise FetchFailed(FetchReason.TOO_SLOW) from None
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _connect(
    link: Link,
    allow: AllowList,
    seconds: float,
    outcomes: queue.SimpleQueue[Outcome],
    given_up: threading.Event,
) -> None:
    try:
        outcomes.put(connect(link, allow, seconds=seconds))
    except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
        outcomes.put(error)
    if given_up.is_set():
        _close_late(outcomes)


def _close_late(outcomes: queue.SimpleQueue[Outcome]) -> None:
    with contextlib.suppress(queue.Empty):
        outcome = outcomes.get_nowait()
        if isinstance(outcome, socket.socket):
            outcome.close()


class DeadlineConnection(http.client.HTTPConnection):
    """HTTP over a socket that is connected already. Each step raises TimeoutError at the end."""

    def __init__(
        self, link: Link, raw: socket.socket, tls: ssl.SSLContext | None, deadline: Deadline
    ) -> None:
        super().__init__(link.host, link.port)
        self._raw, self._tls, self._deadline = raw, tls, deadline

    def connect(self) -> None:
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            self._raw.settimeout(self._deadline.left())  # of the handshake as a whole
            self._raw = self._tls.wrap_socket(self._raw, server_hostname=self.host)
        self.sock: Any = _Timed(self._raw, self._deadline)

    def hang_up(self) -> None:
        """Close the socket. `close` does not: the body of a response is read after it."""
        self._raw.close()


class _Timed:
    """What `http.client` uses of a socket."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._connected, self._deadline = connected, deadline

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(self._deadline.left())
        self._connected.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self._connected, self._deadline))

    def close(self) -> None:
        """`DeadlineConnection.hang_up` does it."""


class _Bytes(io.RawIOBase):
    """What arrives, in time."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._connected, self._deadline = connected, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connected.settimeout(self._deadline.left())
        return self._connected.recv_into(buffer)
