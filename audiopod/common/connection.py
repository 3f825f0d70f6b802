"""How much of what was written to a connection the machine at its other end has acknowledged.

A server hands its bytes to the kernel, which takes megabytes for a client that reads none. What
such a client has got is what its own machine has acknowledged, and that is known of TCP on Linux
alone. Of any other connection all that the kernel has taken counts as acknowledged: of a socket of
this machine, behind which a proxy is, that is little.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from django.http import HttpRequest

SCOPE_KEY = "audiopod.connection"
"""Where the extensions of an ASGI scope have the connection of a request."""
UNSENT_BYTES = 16 * 1024
"""What the kernel takes before it has sent, or a proxy has read, what it has."""
BUFFERED_BYTES = 4096
"""What waits outside the kernel before a response is told to wait."""
NEVER = sys.maxsize
"""The place of what was written to a connection that is gone."""

_TCP_INFO_BYTES = 192
_BYTES_ACKED = struct.Struct("=120xQ")
"""`tcpi_bytes_acked` in Linux's `struct tcp_info`."""
_COUNT = struct.Struct("=i")
_AT_ONCE = struct.pack("=ii", 1, 0)
"""Linux's `struct linger`: wait no second for what was not sent."""


class Connection(Protocol):
    """What a response is sent over. Places in it are counted in bytes from its beginning."""

    def written(self) -> int:
        """The place up to which it has been written to."""

    def acknowledged(self) -> int:
        """The place up to which the other machine has got it, also when it is gone."""

    def cut(self) -> None:
        """End it: the other machine gets nothing of what still waits for it."""


class Unseen:
    """A connection that nothing is known of: what is sent over it has arrived."""

    def written(self) -> int:
        return 0

    def acknowledged(self) -> int:
        return 0

    def cut(self) -> None:
        """Nothing is known to wait."""


class Wire:
    """A connection of the server, from `connection_made` to `lost`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._socket: socket.socket | None = transport.get_extra_info("socket")
        self._last = 0
        self._marks = 0
        """Where the kernel counts nothing: how often something had to wait in this process."""
        self._is_lost = False
        transport.set_write_buffer_limits(high=BUFFERED_BYTES)
        if self._socket is not None:
            _keep_little(self._socket)

    def written(self) -> int:
        if self._is_lost or self._transport.is_closing():
            return NEVER
        counted, waiting = self._counted(), self._transport.get_write_buffer_size()
        if counted:
            return sum(counted) + waiting
        self._marks += bool(waiting)
        return self._marks

    def acknowledged(self) -> int:
        if self._is_lost:
            return self._last
        if counted := self._counted():
            self._last = counted[0]
        elif not self._transport.is_closing() and not self._transport.get_write_buffer_size():
            self._last = self._marks  # the kernel has all of it
        return self._last

    def lost(self) -> None:
        """Take the last look, while the socket is still open. What waited here is gone by now."""
        if counted := self._counted():
            self._last = counted[0]
        self._is_lost = True

    def forget(self) -> None:
        """Let the kernel throw away what waits when the socket is closed. It would go on sending
        that for minutes to a machine that takes it."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

    def cut(self) -> None:
        if not self._is_lost:
            self.forget()
            self._transport.abort()

    def _counted(self) -> tuple[int, int] | None:
        """Bytes that were acknowledged, and those that are not; None where the kernel can't say."""
        if self._socket is None:
            return None
        try:
            before = _acknowledged(self._socket)
            while True:
                waiting = _waiting(self._socket)
                acknowledged = _acknowledged(self._socket)
                if acknowledged == before:  # else some have become it between the two looks
                    return acknowledged, waiting
                before = acknowledged
        except OSError:
            return None


def connection_of(request: HttpRequest) -> Connection:
    """The connection that the response to a request is sent over."""
    scope: Mapping[str, Any] = getattr(request, "scope", {})
    found: Connection | None = scope.get("extensions", {}).get(SCOPE_KEY)
    return found or Unseen()


def _keep_little(of: socket.socket) -> None:
    """Let the kernel keep few bytes of this connection, as far as it can be told to."""
    with suppress(OSError):
        if of.family == socket.AF_UNIX:
            of.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
        elif hasattr(socket, "TCP_NOTSENT_LOWAT"):
            of.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


def _acknowledged(of: socket.socket) -> int:
    """Raises OSError where there is no such count."""
    if not sys.platform.startswith("linux"):
        raise OSError("only Linux counts")
    info = of.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    if len(info) < _BYTES_ACKED.size:
        raise OSError("a kernel older than 4.2")
    count: int = _BYTES_ACKED.unpack_from(info)[0]
    return count


def _waiting(of: socket.socket) -> int:
    """Bytes that are unsent, or sent and not acknowledged."""
    answer = fcntl.ioctl(of.fileno(), termios.TIOCOUTQ, _COUNT.pack(0))
    count: int = _COUNT.unpack(answer)[0]
    return count
