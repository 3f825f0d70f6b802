"""A channel inside one process: a deque, a condition for threads, a wake-up for the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from audio_api.channel.base import (
    MAX_LAG_MS,
    STALLED_SECONDS,
    Audio,
    ChannelCut,
    ChannelSilent,
    Delta,
    Event,
    Produced,
    Progress,
    ReaderGone,
    Result,
)

MAX_CHANNELS = 10_000
"""Channels kept in memory; the oldest beyond it, long over, are dropped."""


class _Channel:
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
        self.when_cut: Callable[[], None] | None = None

    def cut_off(self) -> None:
        self.cut = True
        if self.listener:
            with suppress(RuntimeError):  # the loop is closed: the server is going down
                self.listener[0].call_soon_threadsafe(self._tell_cut)

    def _tell_cut(self) -> None:
        """On the event loop, where nothing comes between the look and the call."""
        if self.when_cut and not self.closed:
            self.when_cut()

    def wake_reader(self) -> None:
        if self.listener:
            loop, event = self.listener
            with suppress(RuntimeError):  # the loop is closed: the server is going down
                loop.call_soon_threadsafe(event.set)


_channels: OrderedDict[uuid.UUID, _Channel] = OrderedDict()
_lines_lock = threading.Lock()


def _channel(job_id: uuid.UUID, *, create: bool) -> _Channel:
    with _lines_lock:
        if job_id in _channels:
            return _channels[job_id]
        channel = _Channel()
        if create:
            _channels[job_id] = channel
            while len(_channels) > MAX_CHANNELS:
                _channels.popitem(last=False)
        else:  # no reader has opened it, or it is long over: none reads
            channel.closed = channel.cancelled = True
        return channel


class MemoryReader:
    """See `base.Reader`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.channel = _channel(job_id, create=True)
        self._is_forgiven = False

    async def open(self) -> None:
        """The channel is there from its making."""

    async def events(self, *, silence_seconds: float) -> AsyncIterator[Event]:
        awake = asyncio.Event()
        with self.channel.changed:
            self.channel.listener = (asyncio.get_running_loop(), awake)
        while True:
            awake.clear()
            while self.channel.events:
                yield self.channel.events.popleft()
            try:
                async with asyncio.timeout(silence_seconds):
                    await awake.wait()
            except TimeoutError:
                raise ChannelSilent from None

    async def delivered(self, audio_ms: int) -> None:
        with self.channel.changed:
            if self.channel.cut:
                raise ChannelCut
            self.channel.delivered_ms = 0 if self._is_forgiven else audio_ms
            self.channel.changed.notify_all()

    def when_cut(self, call: Callable[[], None]) -> None:
        self.channel.when_cut = call

    def forgive(self) -> None:
        self._is_forgiven = True

    async def close(self, *, cancelled: bool) -> bool:
        with self.channel.changed:
            self.channel.closed = True
            if cancelled:
                self.channel.cancelled = True
                self.channel.events.clear()
            self.channel.changed.notify_all()
            return self.channel.deferred


class MemoryWriter:
    """See `base.Writer`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.channel = _channel(job_id, create=False)

    def send(self, event: Event) -> None:
        channel = self.channel
        with channel.changed:
            if isinstance(event, Audio | Delta | Progress) and channel.cancelled:
                raise ReaderGone
            if isinstance(event, Audio):
                self._wait_for_room()
                channel.sent_ms = event.audio_ms
            channel.has_text = channel.has_text or isinstance(event, Delta)
            channel.produced = channel.produced or isinstance(event, Produced | Result)
            if not channel.cancelled:
                channel.events.append(event)
                channel.wake_reader()

    def _wait_for_room(self) -> None:
        channel = self.channel
        moved, deadline = channel.delivered_ms, time.monotonic() + STALLED_SECONDS
        while channel.sent_ms - channel.delivered_ms > MAX_LAG_MS:
            channel.changed.wait(1.0)
            if channel.delivered_ms != moved:
                moved, deadline = channel.delivered_ms, time.monotonic() + STALLED_SECONDS
            if channel.cancelled:
                raise ReaderGone
            if time.monotonic() > deadline:
                channel.cut_off()
                channel.cancelled = True
                raise ReaderGone

    def cancelled(self) -> bool:
        return self.channel.cancelled

    def listened(self, *, wait_seconds: float = 0.0) -> bool:
        return not self.channel.closed

    def cut(self) -> None:
        with self.channel.changed:
            self.channel.cut_off()

    def delivered_ms(self) -> int:
        return self.channel.delivered_ms

    def wait_closed(self, seconds: float) -> bool:
        with self.channel.changed:
            return self.channel.changed.wait_for(lambda: self.channel.closed, seconds)

    def defer(self) -> bool:
        with self.channel.changed:
            self.channel.deferred = True
            return self.channel.closed

    def has_output(self) -> bool:
        return self.channel.sent_ms > 0 or self.channel.has_text

    def produced(self) -> bool:
        return self.channel.produced
