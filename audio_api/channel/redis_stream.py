"""A channel between processes: one Redis Stream per job, a hash for what the ends tell each other.

Streams are read without being consumed, so a reader that loses its connection resumes from the
last entry that it has seen. Every key expires by itself.
"""

from __future__ import annotations

import asyncio
import time
import uuid
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache
from typing import cast

import redis
import redis.asyncio
from django.conf import settings

from audio_api.channel.base import (
    MAX_LAG_MS,
    STALLED_SECONDS,
    Audio,
    ChannelBroken,
    ChannelCut,
    ChannelSilent,
    Delta,
    Event,
    Produced,
    Progress,
    ReaderGone,
    Result,
    pack,
    unpack,
)
from audio_api.channel.outages import Numbers, Order, awaited_through_outages, through_outages
from audiopod.common import redis_clients

STREAM_SECONDS = 1800
STATE_SECONDS = 4 * 3600
"""What the ends told each other outlives any wait in a queue."""
PULSE_SECONDS = 2.0
"""How often a web process says that it reads."""
LISTENING_SECONDS = 8
"""How long a web process that has said nothing more counts as alive."""
BLOCK_MS = 2_000
"""How long a reader waits for an event before it says that none has come."""
SOCKET_TIMEOUT_SECONDS = 30.0
"""redis-py 8 gives up after 5 seconds by default, which is shorter than BLOCK_MS."""


@cache
def sync_client() -> redis.Redis:
    """One pooled client per process, for worker threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=SOCKET_TIMEOUT_SECONDS, **redis_clients.OPTIONS
    )


_async_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
    weakref.WeakKeyDictionary()
)


def async_client() -> redis.asyncio.Redis:
    """One pooled client per event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _async_clients:
        # No socket_timeout: redis-py keeps to it with asyncio.wait_for, whose version in Python
        # 3.11 swallows a cancellation that arrives as the answer does, and a client that hangs
        # up at that moment would go unnoticed. `asyncio.timeout` around each call does not.
        _async_clients[loop] = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=None, **redis_clients.ASYNC_OPTIONS
        )
    return _async_clients[loop]


class _Keys:
    def __init__(self, job_id: uuid.UUID) -> None:
        self.stream = f"ap:line:{job_id}"
        self.state = f"ap:line:{job_id}:state"
        self.bell = f"ap:line:{job_id}:bell"
        self.listening = f"ap:line:{job_id}:listening"


class RedisReader:
    """See `base.Reader`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.keys = _Keys(job_id)
        self._delivered_ms = 0
        self._is_forgiven = False
        self._order = Order()
        self._cut: Callable[[], None] | None = None
        self._pulse: asyncio.Task[None] | None = None

    async def events(self, *, silence_seconds: float) -> AsyncIterator[Event | None]:
        last, heard = b"0", time.monotonic()
        while True:
            answer = await self._read(last)
            if not answer:
                if time.monotonic() - heard > silence_seconds:
                    raise ChannelSilent
                if self._delivered_ms:  # which a Redis that was started anew has forgotten
                    await self.delivered(self._delivered_ms)
                yield None
                continue
            for last, fields in _entries(answer):  # noqa: B007 - `last` outlives the loop
                event = unpack(fields)
                if self._is_new(event, fields):
                    yield event
            heard = time.monotonic()

    def _is_new(self, event: Event, fields: dict[bytes, bytes]) -> bool:
        try:
            return self._order.is_new(event, fields.get(b"number", b" 0"))
        except ChannelBroken:
            self.forgive()
            raise

    async def open(self) -> None:
        await self._say_listening()
        self._pulse = asyncio.create_task(self._keep_saying())

    async def _say_listening(self) -> None:
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            await async_client().set(self.keys.listening, "1", ex=LISTENING_SECONDS)

    async def _keep_saying(self) -> None:
        """Also while a slow client keeps this process from reading on."""
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            with suppress(redis.RedisError, OSError, TimeoutError):
                await self._say_listening()
                await self._look_whether_cut()

    async def _look_whether_cut(self) -> None:
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            is_cut = await async_client().hexists(self.keys.state, "cut")
        if is_cut and self._cut is not None:
            self._cut()

    @awaited_through_outages
    async def _read(self, last: bytes) -> object:
        """What came after `last`."""
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            await self._say_listening()
            return await async_client().xread({self.keys.stream: last}, block=BLOCK_MS)

    def when_cut(self, call: Callable[[], None]) -> None:
        self._cut = call

    def forgive(self) -> None:
        self._is_forgiven, self._delivered_ms = True, 0

    @awaited_through_outages
    async def delivered(self, audio_ms: int) -> None:
        self._delivered_ms = 0 if self._is_forgiven else audio_ms
        pipe = async_client().pipeline(transaction=True)
        pipe.hset(self.keys.state, "delivered_ms", str(self._delivered_ms))
        pipe.hget(self.keys.state, "cut")
        pipe.expire(self.keys.stream, STREAM_SECONDS)
        # a client that takes hours is paid for by what the state says
        pipe.expire(self.keys.state, STATE_SECONDS)
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            answers = await pipe.execute()
        if answers[1] is not None:
            raise ChannelCut

    @awaited_through_outages
    async def close(self, *, cancelled: bool) -> bool:
        if self._pulse is not None:
            self._pulse.cancel()
        pipe = async_client().pipeline(transaction=True)
        pipe.hget(self.keys.state, "deferred")
        pipe.hset(self.keys.state, "closed", "1")
        # said again: a Redis that was started anew has forgotten it
        pipe.hset(self.keys.state, "delivered_ms", str(self._delivered_ms))
        if cancelled:
            pipe.hset(self.keys.state, "cancelled", "1")
        pipe.rpush(self.keys.bell, "closed")
        for key in (self.keys.state, self.keys.bell):
            pipe.expire(key, STATE_SECONDS)
        pipe.delete(self.keys.listening)
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            answers = await pipe.execute()
        return answers[0] is not None


def _entries(answer: object) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of the one stream that was read, in either protocol of Redis."""
    if isinstance(answer, dict):
        return _flat(list(answer.values()))
    return _flat([entries for _, entries in cast("list[tuple[bytes, object]]", answer)])


def _flat(entries: object) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """redis-py gives one list of entries per stream, in a list of its own with RESP3."""
    flat: list[tuple[bytes, dict[bytes, bytes]]] = []
    for item in cast("list[object]", entries):
        if isinstance(item, list):
            flat.extend(_flat(item))
        else:
            flat.append(cast("tuple[bytes, dict[bytes, bytes]]", item))
    return flat


class RedisWriter:
    """See `base.Writer`."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self.keys = _Keys(job_id)
        self.redis = sync_client()
        self._sent_ms = 0
        self._numbers = Numbers()

    def send(self, event: Event) -> None:
        if isinstance(event, Audio | Delta | Progress) and self.cancelled():
            raise ReaderGone
        if isinstance(event, Audio):
            self._wait_for_room()
            self._sent_ms = event.audio_ms
        self._add(event, self._numbers.of(event))

    @through_outages
    def _add(self, event: Event, number: bytes) -> None:
        pipe = self.redis.pipeline(transaction=True)
        pipe.xadd(self.keys.stream, {**pack(event), "number": number})  # type: ignore[dict-item]
        if isinstance(event, Audio):
            pipe.hset(self.keys.state, "sent_ms", str(event.audio_ms))
        if isinstance(event, Delta):
            pipe.hset(self.keys.state, "has_text", "1")
        if isinstance(event, Produced | Result):
            pipe.hset(self.keys.state, "produced", "1")
        pipe.expire(self.keys.stream, STREAM_SECONDS)
        pipe.expire(self.keys.state, STATE_SECONDS)
        pipe.execute()

    def _wait_for_room(self) -> None:
        """By what was sent before: one piece, however long, never waits for itself."""
        moved, deadline = self.delivered_ms(), time.monotonic() + STALLED_SECONDS
        while self._sent_ms - self.delivered_ms() > MAX_LAG_MS:
            time.sleep(0.1)
            if self.delivered_ms() != moved:
                moved, deadline = self.delivered_ms(), time.monotonic() + STALLED_SECONDS
            if self.cancelled():
                raise ReaderGone
            if time.monotonic() > deadline:
                self.cut()
                self._note("cancelled")
                raise ReaderGone

    @through_outages
    def _state(self, name: str) -> bytes | None:
        return cast("bytes | None", self.redis.hget(self.keys.state, name))

    @through_outages
    def _note(self, name: str) -> None:
        self.redis.hset(self.keys.state, name, "1")

    def cancelled(self) -> bool:
        return self._state("cancelled") is not None

    @through_outages
    def listened(self, *, wait_seconds: float = 0.0) -> bool:
        deadline = time.monotonic() + wait_seconds
        while not self.redis.exists(self.keys.listening):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.2)
        return True

    def cut(self) -> None:
        self._note("cut")

    def delivered_ms(self) -> int:
        return int(self._state("delivered_ms") or 0)

    @through_outages
    def wait_closed(self, seconds: float) -> bool:
        if self._state("closed") is not None:
            return True
        if seconds > 0:  # to Redis, zero is for ever
            self.redis.blpop([self.keys.bell], timeout=seconds)
        return self._state("closed") is not None

    def defer(self) -> bool:
        self._note("deferred")
        return self._state("closed") is not None

    def has_output(self) -> bool:
        return int(self._state("sent_ms") or 0) > 0 or self._state("has_text") is not None

    def produced(self) -> bool:
        return self._state("produced") is not None
