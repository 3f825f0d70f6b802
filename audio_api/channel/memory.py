"""A line inside one process: a deque, a condition for threads, a wake-up for the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import suppress

from audio_api.channel.base import (
    MAX_LAG_MS,
    STALLED_SECONDS,
    Audio,
    ChannelSilent,
    Delta,
    Event,
    LineCut,
    Produced,
    Progress,
    ReaderGone,
)

MAX_LINES = 10_000
"""Lines kept in memory; the oldest beyond it, long over, are dropped."""


class _Line:
    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.changed = threading.Condition()
        self.listener: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self.sent_ms = 0
        self.delivered_ms = 0
        self.has_text = False
        self.produced = False
        self.cancelled = False
        self.closed = False
        self.deferred = False
        self.cut = False

    def wake_reader(self) -> None:
        if self.listener:
            loop, event = self.listener
            with suppress(RuntimeError):  # the loop is closed: the server is going down
                loop.call_soon_threadsafe(event.set)


_lines: OrderedDict[uuid.UUID, _Line] = OrderedDict()
_lines_lock = threading.Lock()


def _line(job_id: uuid.UUID, *, create: bool) -> _Line:
    with _lines_lock:
        if job_id in _lines:
            return _lines[job_id]
        line = _Line()
        if create:
            _lines[job_id] = line
            _prune()
        else:  # nobody has opened it, or it is long over: nobody reads
            line.closed = line.cancelled = True
        return line


def _prune() -> None:
    while len(_lines) > MAX_LINES:
        _lines.popitem(last=False)


class MemoryReader:
    """See `base.Reader`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.line = _line(job_id, create=True)

    async def open(self) -> None:
        """The line is there from its making."""

    async def events(self, *, silence_seconds: float) -> AsyncIterator[Event]:
        awake = asyncio.Event()
        with self.line.changed:
            self.line.listener = (asyncio.get_running_loop(), awake)
        while True:
            awake.clear()
            while self.line.events:
                yield self.line.events.popleft()
            try:
                async with asyncio.timeout(silence_seconds):
                    await awake.wait()
            except TimeoutError:
                raise ChannelSilent from None

    async def delivered(self, audio_ms: int) -> None:
        with self.line.changed:
            if self.line.cut:
                raise LineCut
            self.line.delivered_ms = audio_ms
            self.line.changed.notify_all()

    async def close(self, *, cancelled: bool) -> bool:
        with self.line.changed:
            self.line.closed = True
            if cancelled:
                self.line.cancelled = True
                self.line.events.clear()
            self.line.changed.notify_all()
            return self.line.deferred


class MemoryWriter:
    """See `base.Writer`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.line = _line(job_id, create=False)

    def send(self, event: Event) -> None:
        line = self.line
        with line.changed:
            if isinstance(event, Audio | Delta | Progress) and line.cancelled:
                raise ReaderGone
            if isinstance(event, Audio):
                self._wait_for_room()
                line.sent_ms = event.audio_ms
            line.has_text = line.has_text or isinstance(event, Delta)
            line.produced = line.produced or isinstance(event, Produced)
            if not line.cancelled:
                line.events.append(event)
                line.wake_reader()

    def _wait_for_room(self) -> None:
        line = self.line
        moved, deadline = line.delivered_ms, time.monotonic() + STALLED_SECONDS
        while line.sent_ms - line.delivered_ms > MAX_LAG_MS:
            line.changed.wait(1.0)
            if line.delivered_ms != moved:
                moved, deadline = line.delivered_ms, time.monotonic() + STALLED_SECONDS
            if line.cancelled or time.monotonic() > deadline:
                line.cancelled = True
                raise ReaderGone

    def cancelled(self) -> bool:
        return self.line.cancelled

    def listened(self) -> bool:
        return not self.line.closed

    def cut(self) -> None:
        with self.line.changed:
            self.line.cut = True

    def delivered_ms(self) -> int:
        return self.line.delivered_ms

    def wait_closed(self, seconds: float) -> bool:
        with self.line.changed:
            return self.line.changed.wait_for(lambda: self.line.closed, seconds)

    def defer(self) -> bool:
        with self.line.changed:
            self.line.deferred = True
            return self.line.closed

    def has_output(self) -> bool:
        return self.line.sent_ms > 0 or self.line.has_text

    def produced(self) -> bool:
        return self.line.produced
