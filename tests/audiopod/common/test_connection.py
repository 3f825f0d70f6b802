"""What a client's machine has acknowledged is counted, on both event loops, until it is gone."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audiopod.asgi_types import Message, Receive, Scope, Send
from audiopod.common.connection import NEVER, SCOPE_KEY, Connection, Unseen, Wire
from tests.audiopod.serving import Loop, Served, everything_from, head, serving

PIECE = bytes(16_000)
PIECES = 400
"""More than a kernel takes for a client that reads nothing, were it not told to keep little."""
SMALL_BYTES = 8192
HEARD_BYTES = 64 * 1024
"""What the machine of a client that reads nothing acknowledges at most, with so small a buffer."""

LOOPS: list[Loop] = ["asyncio", "uvloop"]


class Speaker:
    """Sends the pieces, and notes where each ends on the connection."""

    def __init__(self) -> None:
        self.connection: Connection = Unseen()
        self.ends: list[int] = []
        self.is_over = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self.connection = scope["extensions"][SCOPE_KEY]
        sending = asyncio.ensure_future(self._send(send))
        await receive()  # the request, which has no body
        await receive()  # the end of the response, or of the connection
        sending.cancel()
        self.is_over.set()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(PIECES):
            message: Message = {"type": "http.response.body", "body": PIECE}
            await send(message | {"more_body": number + 1 < PIECES})
            self.ends.append(self.connection.written())


def ask(served: Served) -> socket.socket:
    """A client with a small buffer, that has asked and read nothing."""
    client = socket.socket()
    client.settimeout(20)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
    client.connect(("127.0.0.1", served.port))
    client.sendall(head("/", method="GET"))
    return client


def _until_it_waits(speaker: Speaker) -> None:
    """Until it is told to, as its client reads nothing."""
    before = 0
    while not before or before != len(speaker.ends):
        before = len(speaker.ends)
        threading.Event().wait(0.2)


@pytest.mark.parametrize("loop", LOOPS)
def test_what_a_client_reads_is_acknowledged_to_the_last_byte(loop: Loop) -> None:
    speaker = Speaker()
    with serving(speaker, protocol="prompt", loop=loop) as served, ask(served) as client:
        taken = 0
        while taken < PIECES * len(PIECE):
            taken += len(client.recv(65_536))
        client.shutdown(socket.SHUT_WR)
        everything_from(client)
        assert speaker.is_over.wait(20)
    assert len(speaker.ends) == PIECES
    assert speaker.ends == sorted(speaker.ends)
    assert PIECES * len(PIECE) < speaker.connection.acknowledged()
    assert sum(end != NEVER for end in speaker.ends) >= PIECES - 1


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("taken_bytes", [0, 200_000])
def test_what_waits_in_the_kernel_of_the_server_is_not_acknowledged(
    loop: Loop, taken_bytes: int
) -> None:
    speaker = Speaker()
    with serving(speaker, protocol="prompt", loop=loop) as served:
        with ask(served) as client:
            taken = 0
            while taken < taken_bytes:
                taken += len(client.recv(4096))
            _until_it_waits(speaker)
        assert speaker.is_over.wait(20)
        acknowledged = speaker.connection.acknowledged()
        assert taken <= acknowledged <= taken + HEARD_BYTES
        assert len(speaker.ends) < PIECES, "it was told to wait"
        assert speaker.connection.written() == NEVER, "nothing more arrives"
        assert speaker.connection.acknowledged() == acknowledged


@pytest.mark.parametrize("loop", LOOPS)
def test_who_says_no_more_gets_nothing_of_what_waits_in_the_kernel(loop: Loop) -> None:
    """It would be sent on for minutes, unpaid, to a client that only half closes."""
    speaker = Speaker()
    with serving(speaker, protocol="prompt", loop=loop) as served, ask(served) as client:
        _until_it_waits(speaker)
        client.shutdown(socket.SHUT_WR)
        threading.Event().wait(0.2)
        taken = len(everything_from(client))
        assert speaker.is_over.wait(20)
        assert taken <= speaker.connection.acknowledged() + SMALL_BYTES


@pytest.mark.parametrize("loop", LOOPS)
def test_a_connection_that_is_cut_sends_nothing_more(loop: Loop) -> None:
    speaker = Speaker()
    with serving(speaker, protocol="prompt", loop=loop) as served, ask(served) as client:
        _until_it_waits(speaker)
        assert speaker.loop
        speaker.loop.call_soon_threadsafe(speaker.connection.cut)
        assert speaker.is_over.wait(20)
        acknowledged = speaker.connection.acknowledged()
        assert len(everything_from(client)) <= acknowledged + SMALL_BYTES


@asynccontextmanager
async def told_by_a_socket(
    folder: Path, said: bytes
) -> AsyncIterator[tuple[Wire, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection over a socket of this machine that begins with what is said, and its client."""
    wires: list[Wire] = []

    class Noting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            wires.append(Wire(transport))
            transport.write(said)

        def connection_lost(self, exc: Exception | None) -> None:
            wires[0].lost()

    path = str(folder / "socket")
    server = await asyncio.get_running_loop().create_unix_server(Noting, path)
    async with server:
        reader, writer = await asyncio.open_unix_connection(path)
        while not wires:
            await asyncio.sleep(0.01)
        yield wires[0], reader, writer


async def test_all_that_a_socket_of_another_kind_takes_has_arrived(tmp_path: Path) -> None:
    async with told_by_a_socket(tmp_path, b"hello") as (wire, reader, writer):
        assert await reader.readexactly(5) == b"hello"
        assert (wire.written(), wire.acknowledged()) == (0, 0)
        sender: socket.socket = wire._transport.get_extra_info("socket")
        assert sender.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 64 * 1024
        writer.close()
        await writer.wait_closed()
        while wire.written() != NEVER:
            await asyncio.sleep(0.01)


async def test_what_waits_in_the_process_for_a_socket_of_another_kind_has_not_arrived(
    tmp_path: Path,
) -> None:
    async with told_by_a_socket(tmp_path, bytes(1_000_000)) as (wire, reader, writer):
        place = wire.written()
        assert wire.acknowledged() < place
        await reader.readexactly(1_000_000)
        while wire.acknowledged() < place:
            await asyncio.sleep(0.01)
        assert wire.written() == place

        wire._transport.write(bytes(1_000_000))
        place = wire.written()
        writer.transport.abort()
        while wire.written() != NEVER:
            await asyncio.sleep(0.01)
        assert wire.acknowledged() < place, "what waited is lost with the connection"
