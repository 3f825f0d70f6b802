"""A request's body on its way in: counted, timed, and cut where it is too much or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from audiopod.asgi_types import Message, Receive
from audiopod.common.problem import INVALID_REQUEST, Problem, overloaded, too_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How slow a body may be."""

    bytes_per_second: int
    """On average, over each `seconds` that were spent waiting for it; 0 for any."""
    seconds: float
    """Also the longest that nothing at all may come."""

    def suffices(self, size_bytes: int, waited_seconds: float) -> bool:
        return size_bytes >= self.bytes_per_second * waited_seconds


class Spool:
    """The disk that the bodies of all requests together may take, in this process."""

    def __init__(self, *, max_bytes: int, memory_bytes: int) -> None:
        """memory_bytes: what a body may have before it goes to disk, and counts."""
        self.free_bytes = max_bytes
        self.memory_bytes = memory_bytes

    def take(self, size_bytes: int) -> bool:
        """Whether there is room for so much more; then it is taken."""
        if size_bytes > self.free_bytes:
            return False
        self.free_bytes -= size_bytes
        return True

    def give_back(self, size_bytes: int) -> None:
        self.free_bytes += size_bytes


class Intake:
    """Stands for the server's `receive`; past a limit it says that the client has gone.

    Django then drops what it has spooled and answers nothing; `refusal` says what to answer.
    Only time that is spent waiting for the client counts as the client's slowness.
    """

    def __init__(
        self,
        receive: Receive,
        *,
        limit_bytes: int,
        pace: Pace,
        spool: Spool,
        too_large: Callable[[int, int], Problem] = too_large,
    ) -> None:
        """too_large: what to answer, by the limit and the bytes that were read."""
        self._receive = receive
        self._too_large = too_large
        self._limit_bytes = limit_bytes
        self._pace = pace
        self._spool = spool
        self._on_disk_bytes = 0
        self._window_bytes, self._waited_seconds = 0, 0.0
        self._is_whole = False
        self.read_bytes = 0
        self.refusal: Problem | None = None
        self.is_coming = True
        """Whether there is more of it, at a good pace."""

    async def receive(self) -> Message:
        if self._is_whole:  # whoever asks now waits for the client to leave
            return await self._receive()
        message = await self._timely() if self.refusal is None else None
        if message is not None:
            self._is_whole = not message.get("more_body", False)
            self.is_coming = not self._is_whole
            self._count(len(message.get("body", b"")))
        if message is None or self.refusal is not None:
            return {"type": "http.disconnect"}
        return message

    def close(self) -> None:
        """The body is not on disk any more."""
        self._spool.give_back(self._on_disk_bytes)
        self._on_disk_bytes = 0

    async def _timely(self) -> Message | None:
        """The next piece, or None when it does not come for too long."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._pace.seconds):
                message = await self._receive()
        except TimeoutError:
            self.refusal, self.is_coming = _too_slow(self._pace), False
            return None
        self._waited_seconds += loop.time() - began
        return message

    def _count(self, size_bytes: int) -> None:
        self.read_bytes += size_bytes
        self._window_bytes += size_bytes
        if self.read_bytes > self._limit_bytes:
            self.refusal = self._too_large(self._limit_bytes, self.read_bytes)
        elif not self._spooled():
            self.refusal = _spool_is_full()
        elif self.is_coming and self._waited_seconds >= self._pace.seconds:
            if not self._pace.suffices(self._window_bytes, self._waited_seconds):
                self.refusal, self.is_coming = _too_slow(self._pace), False
            self._window_bytes, self._waited_seconds = 0, 0.0

    def _spooled(self) -> bool:
        """Whether the disk has room for what has come so far."""
        more = max(0, self.read_bytes - self._spool.memory_bytes) - self._on_disk_bytes
        if not more:
            return True
        if not self._spool.take(more):
            return False
        self._on_disk_bytes += more
        return True


def _too_slow(pace: Pace) -> Problem:
    return Problem(
        f"The request body came too slowly: less than {pace.bytes_per_second} bytes a second, or"
        f" nothing for {pace.seconds:g} seconds. Check your connection and send it again.",
        status=408,
        type=INVALID_REQUEST,
        code="upload_too_slow",
    )


def _spool_is_full() -> Problem:
    return overloaded("The server is receiving too many uploads at once. Please try again.")
