"""A channel through a Redis that is killed and comes back with nothing."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import redis
from django.test import override_settings

from audio_api import channel
from audio_api.channel import (
    Audio,
    ChannelBroken,
    Delta,
    Event,
    Failed,
    Produced,
    Progress,
    Result,
    outages,
    redis_stream,
)
from audio_api.channel.redis_stream import RedisReader, RedisWriter
from tests.harness.redis import Redis

HELLO, WORLD, AGAIN = Audio(b"hello", 100), Audio(b"world", 200), Audio(b"again", 300)
RESULT = Result(b"{}", "application/json", 1, 2)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Redis]:
    started = Redis(tmp_path)
    await asyncio.to_thread(started.start)
    with override_settings(REDIS_URL=started.url):
        redis_stream.sync_client.cache_clear()
        redis_stream._async_clients.clear()
        yield started
        await redis_stream.async_client().aclose()
        redis_stream.sync_client().close()
    redis_stream._async_clients.clear()
    redis_stream.sync_client.cache_clear()
    await asyncio.to_thread(started.stop)


@pytest.fixture
def reader(server: Redis) -> RedisReader:
    reader = channel.open_reader(uuid.uuid4())
    assert isinstance(reader, RedisReader)
    return reader


def writer_to(reader: RedisReader) -> RedisWriter:
    writer = RedisWriter(uuid.uuid4())
    writer.keys = reader.keys
    return writer


async def taken(
    reader: RedisReader, count: int, *, first: asyncio.Event | None = None
) -> list[Event]:
    """The first events. first: is set as soon as there is one."""
    events: list[Event] = []
    async with aclosing(reader.events(silence_seconds=15)) as coming:  # type: ignore[type-var]
        async for event in coming:
            if event is not None:
                events.append(event)
                if first:
                    first.set()
            if len(events) == count:
                break
    return events


async def rest_of(events: AsyncIterator[Event | None]) -> list[Event]:
    return [event async for event in events if event is not None]


def restart(server: Redis) -> None:
    server.kill()
    server.start()


async def test_what_is_sent_while_redis_is_away_arrives(server: Redis, reader: RedisReader) -> None:
    writer = writer_to(reader)
    await asyncio.to_thread(writer.send, HELLO)
    first = asyncio.Event()
    taking = asyncio.create_task(taken(reader, 2, first=first))
    await first.wait()  # it forgets all when it is killed
    await reader.delivered(100)
    await asyncio.to_thread(server.kill)
    sending = asyncio.create_task(asyncio.to_thread(writer.send, WORLD))
    telling = asyncio.create_task(reader.delivered(100))
    await asyncio.sleep(0.5)
    assert not sending.done()
    await asyncio.to_thread(server.start)
    await asyncio.gather(sending, telling)
    assert await taking == [HELLO, WORLD]


async def test_a_redis_that_stays_away_ends_the_wait(
    server: Redis, reader: RedisReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "OUTAGE_SECONDS", 0.3)
    writer = writer_to(reader)
    await asyncio.to_thread(server.kill)
    with pytest.raises(redis.ConnectionError):
        await asyncio.to_thread(writer.send, HELLO)
    with pytest.raises(redis.ConnectionError):
        await taken(reader, 1)
    await asyncio.to_thread(server.start)


async def test_what_is_sent_twice_arrives_once(reader: RedisReader) -> None:
    """The answer to the first time was lost with the connection."""
    writer = writer_to(reader)

    def send() -> None:
        number = writer._numbers.of(HELLO)
        for _ in range(2):
            writer._add(HELLO, number)
        writer.send(Progress(1.0))
        writer.send(WORLD)

    await asyncio.to_thread(send)
    assert await taken(reader, 3) == [HELLO, Progress(1.0), WORLD]


@pytest.mark.parametrize("after", [AGAIN, Produced(), Delta(b"word"), RESULT])
async def test_a_piece_that_was_lost_breaks_the_channel_and_costs_nothing(
    server: Redis, reader: RedisReader, after: Event
) -> None:
    writer = writer_to(reader)
    await asyncio.to_thread(writer.send, HELLO)
    async with aclosing(reader.events(silence_seconds=15)) as events:  # type: ignore[type-var]
        assert await anext(events) == HELLO
        await reader.delivered(100)
        await asyncio.to_thread(writer.send, WORLD)
        await asyncio.to_thread(restart, server)
        await asyncio.to_thread(writer.send, after)
        with pytest.raises(ChannelBroken):
            await rest_of(events)
    await reader.delivered(100)  # as every relay says at its end
    await reader.close(cancelled=True)
    assert await asyncio.to_thread(writer.delivered_ms) == 0


async def test_signs_of_life_may_be_lost(server: Redis, reader: RedisReader) -> None:
    writer = writer_to(reader)
    await asyncio.to_thread(writer.send, Progress(1.0))
    await asyncio.to_thread(restart, server)
    await asyncio.to_thread(writer.send, RESULT)
    assert await taken(reader, 1) == [RESULT]


async def test_a_second_worker_does_not_go_on_where_a_first_one_was_heard(
    reader: RedisReader,
) -> None:
    await asyncio.to_thread(writer_to(reader).send, HELLO)
    assert await taken(reader, 1) == [HELLO]
    await asyncio.to_thread(writer_to(reader).send, HELLO)
    with pytest.raises(ChannelBroken):
        await taken(reader, 2)


async def test_a_failure_is_heard_from_whoever_tells_it(reader: RedisReader) -> None:
    failure = Failed(503, "The worker of this request was lost.", "worker_lost")
    await asyncio.to_thread(writer_to(reader).send, HELLO)
    await asyncio.to_thread(writer_to(reader).send, failure)
    assert await taken(reader, 2) == [HELLO, failure]


async def test_how_much_was_delivered_is_known_to_an_empty_redis_at_the_end(
    server: Redis, reader: RedisReader
) -> None:
    writer = writer_to(reader)
    await reader.delivered(100)
    await asyncio.to_thread(restart, server)
    assert await asyncio.to_thread(writer.delivered_ms) == 0
    await reader.close(cancelled=False)
    assert await asyncio.to_thread(writer.delivered_ms) == 100
