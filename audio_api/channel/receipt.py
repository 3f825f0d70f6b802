"""How far a client is in what it is sent, by what its machine has acknowledged.

What a process has handed to the kernel has reached nobody yet: megabytes of it can wait there for a
client that reads slowly, and are lost when it leaves.
"""

from __future__ import annotations

import asyncio
from collections import deque

from audio_api.channel.base import ChannelCut, Reader
from audiopod.common.connection import Connection

FIRST_LOOK_SECONDS = 0.001
LOOK_SECONDS = 0.25
"""How often a client is looked at at most that has still to get the end of what it was sent."""


class Receipt:
    """What of a response has arrived, told to the writer of its channel."""

    def __init__(self, reader: Reader, connection: Connection) -> None:
        self.reader = reader
        self._connection = connection
        self._on_its_way: deque[tuple[int, int]] = deque()
        self._arrived_ms = 0
        self._is_whole = False
        reader.when_cut(connection.cut)

    def sent(self, audio_ms: int) -> None:
        """The connection has taken all up to here. audio_ms: what is paid for when it arrives."""
        self._on_its_way.append((self._connection.written(), audio_ms))

    def all_sent(self) -> None:
        """Nothing more comes that would be paid for."""
        self._is_whole = True

    def arrived_ms(self) -> int:
        acknowledged = self._connection.acknowledged()
        while self._on_its_way and self._on_its_way[0][0] <= acknowledged:
            self._arrived_ms = self._on_its_way.popleft()[1]
        return self._arrived_ms

    def has_arrived(self) -> bool:
        """Whether everything has, to the last piece."""
        self.arrived_ms()
        return self._is_whole and not self._on_its_way

    async def tell(self) -> None:
        """Raises ChannelCut: what has not arrived by then was settled as such, and never will."""
        try:
            await self.reader.delivered(self.arrived_ms())
        except ChannelCut:
            if self._on_its_way:
                self._connection.cut()
            raise

    async def arrival(self) -> None:
        """Wait until everything that was sent has arrived, and tell. Raises ChannelCut."""
        wait_seconds = FIRST_LOOK_SECONDS
        while not self.has_arrived():
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LOOK_SECONDS)
            if wait_seconds == LOOK_SECONDS:  # else it is only on its way, and about to arrive
                await self.tell()
        await self.tell()
