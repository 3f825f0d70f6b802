"""A channel between processes: one Redis Stream per job, a hash for what the ends tell each other.

Streams are read without being consumed, so a reader that loses its connection resumes from the
last entry that it has seen. Every key expires by itself.
"""

from __future__ import annotations

import asyncio
import time
import uuid
import weakref
from collections.abc import AsyncIterator
from functools import cache
from typing import cast

import redis
import redis.asyncio
from django.conf import settings

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
    pack,
    unpack,
)

STREAM_SECONDS = 1800
STATE_SECONDS = 4 * 3600
"""What the ends told each other outlives any wait in a queue."""
LISTENING_SECONDS = 30
OUTAGE_SECONDS = 20.0
"""How long a reader waits for a Redis that has gone away, before it gives its client up."""
BLOCK_MS = 10_000
SOCKET_TIMEOUT_SECONDS = 30.0
"""redis-py 8 gives up after 5 seconds by default, which is shorter than BLOCK_MS."""


@cache
def sync_client() -> redis.Redis:
    """One pooled client per process, for worker threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=2,
        health_check_interval=15,
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
            settings.REDIS_URL,
            socket_timeout=None,
            socket_connect_timeout=2,
            health_check_interval=15,
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

    async def events(self, *, silence_seconds: float) -> AsyncIterator[Event]:
        last, heard = b"0", time.monotonic()
        while True:
            answer = await self._read(last)
            if not answer:
                if time.monotonic() - heard > silence_seconds:
                    raise ChannelSilent
                continue
            for last, fields in _entries(answer):  # noqa: B007 - `last` outlives the loop
                yield unpack(fields)
            heard = time.monotonic()

    async def open(self) -> None:
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            await async_client().set(self.keys.listening, "1", ex=LISTENING_SECONDS)

    async def _read(self, last: bytes) -> object:
        """What came after `last`; through an outage of Redis, if it is a short one."""
        give_up_at = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
                    await self.open()
                    return await async_client().xread({self.keys.stream: last}, block=BLOCK_MS)
            except (redis.ConnectionError, TimeoutError):
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(0.2)

    async def delivered(self, audio_ms: int) -> None:
        pipe = async_client().pipeline(transaction=True)
        pipe.hset(self.keys.state, "delivered_ms", str(audio_ms))
        pipe.hget(self.keys.state, "cut")
        pipe.expire(self.keys.stream, STREAM_SECONDS)
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            answers = await pipe.execute()
        if answers[1] is not None:
            raise ChannelCut

    async def close(self, *, cancelled: bool) -> bool:
        pipe = async_client().pipeline(transaction=True)
        pipe.hset(self.keys.state, "closed", "1")
        if cancelled:
            pipe.hset(self.keys.state, "cancelled", "1")
        pipe.hget(self.keys.state, "deferred")
        pipe.rpush(self.keys.bell, "closed")
        for key in (self.keys.state, self.keys.bell):
            pipe.expire(key, STATE_SECONDS)
        pipe.delete(self.keys.listening)
        async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
            answers = await pipe.execute()
        return answers[2 if cancelled else 1] is not None


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

    def send(self, event: Event) -> None:
        if isinstance(event, Audio | Delta | Progress) and self.cancelled():
            raise ReaderGone
        if isinstance(event, Audio):
            self._wait_for_room()
            self._sent_ms = event.audio_ms
        pipe = self.redis.pipeline(transaction=True)
        pipe.xadd(self.keys.stream, pack(event))  # type: ignore[arg-type]
        if isinstance(event, Audio):
            pipe.hset(self.keys.state, "sent_ms", str(event.audio_ms))
        if isinstance(event, Delta):
            pipe.hset(self.keys.state, "has_text", "1")
        if isinstance(event, Produced):
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
            if self.cancelled() or time.monotonic() > deadline:
                self.redis.hset(self.keys.state, "cancelled", "1")
                raise ReaderGone

    def _state(self, name: str) -> bytes | None:
        return cast("bytes | None", self.redis.hget(self.keys.state, name))

    def cancelled(self) -> bool:
        return self._state("cancelled") is not None

    def listened(self) -> bool:
        return bool(self.redis.exists(self.keys.listening))

    def cut(self) -> None:
        self.redis.hset(self.keys.state, "cut", "1")

    def delivered_ms(self) -> int:
        return int(self._state("delivered_ms") or 0)

    def wait_closed(self, seconds: float) -> bool:
        if self._state("closed") is not None:
            return True
        if seconds > 0:  # to Redis, zero is for ever
            self.redis.blpop([self.keys.bell], timeout=seconds)
        return self._state("closed") is not None

    def defer(self) -> bool:
        self.redis.hset(self.keys.state, "deferred", "1")
        return self._state("closed") is not None

    def has_output(self) -> bool:
        return int(self._state("sent_ms") or 0) > 0 or self._state("has_text") is not None

    def produced(self) -> bool:
        return self._state("produced") is not None
