"""One suite for both lines: the one in memory and the one through Redis."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from audio_api import channel
from audio_api.channel import (
    Audio,
    ChannelCut,
    ChannelSilent,
    Delta,
    Event,
    Failed,
    Finished,
    Produced,
    Progress,
    Reader,
    ReaderGone,
    Result,
    base,
    memory,
    redis_stream,
)
from tests.harness.redis import Redis


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Redis(Path(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(params=["memory", "redis"], autouse=True)
def _channel(request: pytest.FixtureRequest) -> Iterator[None]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    redis_stream.sync_client.cache_clear()
    with override_settings(REDIS_URL=url):
        yield
        if url:
            redis_stream.sync_client().close()
    redis_stream.sync_client.cache_clear()


@pytest.fixture
def job_id() -> uuid.UUID:
    return uuid.uuid4()


async def opened(job_id: uuid.UUID) -> Reader:
    return channel.open_reader(job_id)


async def take(reader: Reader, count: int) -> list[Event]:
    taken: list[Event] = []
    async with aclosing(reader.events(silence_seconds=15)) as events:
        async for event in events:
            taken.append(event)
            if len(taken) == count:
                break
    return taken


EVERY_KIND: list[Event] = [
    Progress(1.5),
    Audio(b"\x00\xffabc", 120),
    Audio(b"", 240, [{"text": "Hi", "start": 0.0, "end": 0.25}]),
    Audio(b"", 240),
    Delta(b'data: {"delta":"h\xc3\xa9"}\n\n'),
    Produced(),
    Finished(160, 4_999_840),
    Result(b'{"text": "hi"}', "application/json", 3000, 1, 2),
    Failed(503, "später", "worker_lost"),
]


async def test_every_kind_of_event_arrives_as_it_was_sent(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    for event in EVERY_KIND:
        await asyncio.to_thread(writer.send, event)
    assert await take(reader, len(EVERY_KIND)) == EVERY_KIND


async def test_a_waiting_reader_is_woken_by_a_thread(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)

    def work() -> None:
        writer = channel.open_writer(job_id)
        for number in range(1, 51):
            writer.send(Audio(bytes([number]), number * 10))
            if number % 10 == 0:
                time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    events = await take(reader, 50)
    thread.join()
    assert [e.audio_ms for e in events if isinstance(e, Audio)] == list(range(10, 501, 10))


async def test_silence_is_noticed(job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_stream, "BLOCK_MS", 50)
    reader = await opened(job_id)
    with pytest.raises(ChannelSilent):
        async for _ in reader.events(silence_seconds=0.2):
            pass


async def test_a_cancelled_line_takes_no_more_audio(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    await reader.delivered(20)
    deferred = await reader.close(cancelled=True)
    assert not deferred
    assert await asyncio.to_thread(writer.cancelled)
    with pytest.raises(ReaderGone):
        await asyncio.to_thread(writer.send, Audio(b"b", 40))
    for sign in (Progress(2.0), Delta(b"word")):
        with pytest.raises(ReaderGone):
            await asyncio.to_thread(writer.send, sign)
    assert await asyncio.to_thread(writer.delivered_ms) == 20


async def test_a_line_that_was_read_to_its_end_is_closed_and_not_cancelled(
    job_id: uuid.UUID,
) -> None:
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    await asyncio.to_thread(writer.send, Produced())
    closed = asyncio.create_task(asyncio.to_thread(writer.wait_closed, 10))
    await reader.delivered(20)
    await reader.close(cancelled=False)
    assert await closed
    assert not await asyncio.to_thread(writer.cancelled)
    assert await asyncio.to_thread(writer.produced)


async def test_what_is_settled_is_told_after_the_line_was_closed(job_id: uuid.UUID) -> None:
    """The response ends with the settlement, which waits for the close."""
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Produced())
    events = reader.events(silence_seconds=15)
    assert await anext(events) == Produced()
    await reader.close(cancelled=False)
    await asyncio.to_thread(writer.send, Finished(1, 2))
    assert await asyncio.wait_for(anext(events), 5) == Finished(1, 2)


async def test_waiting_for_a_reader_that_does_not_close_ends(job_id: uuid.UUID) -> None:
    await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    assert not await asyncio.to_thread(writer.wait_closed, 0.2)
    assert not await asyncio.wait_for(asyncio.to_thread(writer.wait_closed, 0), 5)


async def test_settlement_is_left_to_exactly_one_of_the_two(job_id: uuid.UUID) -> None:
    """Whichever comes second learns of the first, so that nobody waits for the other."""
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    assert not await asyncio.to_thread(writer.defer), "the reader is still reading"
    assert await reader.close(cancelled=False), "the reader is told to ask for the settlement"

    other = uuid.uuid4()
    reader = await opened(other)
    writer = await asyncio.to_thread(channel.open_writer, other)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    assert not await reader.close(cancelled=False)
    assert await asyncio.to_thread(writer.defer), "the writer is told to settle after all"


@pytest.mark.parametrize("output", [Audio(b"a", 20), Delta(b"word")])
async def test_a_second_attempt_sees_what_the_first_has_sent(
    job_id: uuid.UUID, output: Audio | Delta
) -> None:
    await opened(job_id)
    first = await asyncio.to_thread(channel.open_writer, job_id)
    assert not await asyncio.to_thread(first.has_output)
    await asyncio.to_thread(first.send, Progress(1.0))
    second = await asyncio.to_thread(channel.open_writer, job_id)
    assert not await asyncio.to_thread(second.has_output)
    await asyncio.to_thread(first.send, output)
    assert await asyncio.to_thread(second.has_output)


async def test_a_writer_waits_for_a_reader_far_behind(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (base, memory, redis_stream):
        monkeypatch.setattr(module, "MAX_LAG_MS", 100)
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    sent: list[int] = []

    def work() -> None:
        for number in range(1, 6):
            writer.send(Audio(b"a", number * 100))
            sent.append(number)

    task = asyncio.create_task(asyncio.to_thread(work))
    await asyncio.sleep(0.4)
    behind = len(sent)
    assert behind < 5
    await reader.delivered(500)
    await task
    assert sent == [1, 2, 3, 4, 5]


async def test_a_reader_that_stalls_is_given_up(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (base, memory, redis_stream):
        monkeypatch.setattr(module, "MAX_LAG_MS", 100)
        monkeypatch.setattr(module, "STALLED_SECONDS", 0.3)
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)

    def work() -> None:
        for number in range(1, 6):
            writer.send(Audio(b"a", number * 100))

    with pytest.raises(ReaderGone):
        await asyncio.to_thread(work)
    assert await asyncio.to_thread(writer.cancelled)
    with pytest.raises(ChannelCut):  # what waits on the line is not paid for, and is not passed on
        await reader.delivered(100)


async def test_a_line_knows_whether_anybody_reads(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)
    await reader.open()
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    assert await asyncio.to_thread(writer.listened)
    await reader.close(cancelled=False)
    assert not await asyncio.to_thread(writer.listened)


async def test_a_web_process_that_died_does_not_read(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that lives says so again and again, whatever it is kept from reading by."""
    if not settings.REDIS_URL:
        pytest.skip("in one process nobody outlives the other")
    monkeypatch.setattr(redis_stream, "LISTENING_SECONDS", 1)
    monkeypatch.setattr(redis_stream, "PULSE_SECONDS", 0.2)
    reader = redis_stream.RedisReader(job_id)
    await reader.open()
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.sleep(1.5)
    assert await asyncio.to_thread(writer.listened)
    assert reader._pulse is not None
    reader._pulse.cancel()
    await asyncio.sleep(1.5)
    assert not await asyncio.to_thread(writer.listened)


async def test_a_redis_that_forgot_its_readers_hears_of_them_again(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started anew; a client that waits for a finished transcript is to get it."""
    if not settings.REDIS_URL:
        pytest.skip("there is no Redis")
    monkeypatch.setattr(redis_stream, "PULSE_SECONDS", 0.5)
    reader = redis_stream.RedisReader(job_id)
    await reader.open()
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(redis_stream.sync_client().delete, reader.keys.listening)
    assert not await asyncio.to_thread(writer.listened)
    assert await asyncio.to_thread(writer.listened, wait_seconds=5.0)
    await reader.close(cancelled=False)


async def test_what_a_client_takes_for_hours_is_remembered(job_id: uuid.UUID) -> None:
    if not settings.REDIS_URL:
        pytest.skip("there is no Redis")
    reader = redis_stream.RedisReader(job_id)
    await reader.open()
    client = redis_stream.sync_client()
    await asyncio.to_thread(client.expire, reader.keys.state, 10)

    await reader.delivered(20)

    assert await asyncio.to_thread(client.ttl, reader.keys.state) > 3600
    await reader.close(cancelled=False)


async def test_a_transcript_that_was_sent_is_all_there_is(job_id: uuid.UUID) -> None:
    await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    assert not await asyncio.to_thread(writer.produced)
    await asyncio.to_thread(writer.send, Result(b"{}", "application/json", 3000))
    assert await asyncio.to_thread(writer.produced)


async def test_a_cut_line_gives_no_more(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    await reader.delivered(20)
    await asyncio.to_thread(writer.cut)
    with pytest.raises(ChannelCut):
        await reader.delivered(40)
    assert await asyncio.to_thread(writer.delivered_ms) in {20, 40}


async def test_what_is_forgiven_was_not_delivered(job_id: uuid.UUID) -> None:
    reader = await opened(job_id)
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    await reader.delivered(20)
    reader.forgive()
    await reader.delivered(20)
    await reader.close(cancelled=True)
    assert await asyncio.to_thread(writer.delivered_ms) == 0


async def test_a_reader_that_says_nothing_is_told_that_it_is_cut(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client takes nothing, and what it was sent keeps the reader from going on."""
    monkeypatch.setattr(redis_stream, "PULSE_SECONDS", 0.1)
    reader, told = await opened(job_id), asyncio.Event()
    reader.when_cut(told.set)
    await reader.open()
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    async with aclosing(reader.events(silence_seconds=15)) as events:
        assert await anext(events) == Audio(b"a", 20)
        await asyncio.sleep(0.3)
        assert not told.is_set()
        await asyncio.to_thread(writer.cut)
        await asyncio.wait_for(told.wait(), 5)
    await reader.close(cancelled=True)


async def test_who_has_closed_is_not_cut(
    job_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection may be at the next request already."""
    monkeypatch.setattr(redis_stream, "PULSE_SECONDS", 0.1)
    reader, told = await opened(job_id), asyncio.Event()
    reader.when_cut(told.set)
    await reader.open()
    writer = await asyncio.to_thread(channel.open_writer, job_id)
    await asyncio.to_thread(writer.send, Audio(b"a", 20))
    assert await take(reader, 1) == [Audio(b"a", 20)]
    await reader.close(cancelled=False)
    await asyncio.to_thread(writer.cut)
    await asyncio.sleep(0.3)
    assert not told.is_set()


async def test_a_short_outage_of_redis_is_waited_out(job_id: uuid.UUID, tmp_path: Path) -> None:
    if not settings.REDIS_URL:
        pytest.skip("there is no Redis to go away")
    server = Redis(tmp_path)
    server.start()
    with override_settings(REDIS_URL=server.url):
        redis_stream.sync_client.cache_clear()
        redis_stream._async_clients.clear()
        reader = await opened(job_id)
        taking = asyncio.create_task(take(reader, 1))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.start)
        writer = await asyncio.to_thread(channel.open_writer, job_id)
        await asyncio.to_thread(writer.send, Audio(b"after", 20))
        assert await asyncio.wait_for(taking, 20) == [Audio(b"after", 20)]
        await redis_stream.async_client().aclose()
        redis_stream.sync_client().close()
        redis_stream._async_clients.clear()
    await asyncio.to_thread(server.stop)


def test_two_readers_of_a_stream_do_not_take_from_each_other(job_id: uuid.UUID) -> None:
    """Events belong to their own channel."""

    async def scenario() -> None:
        mine, other = await opened(job_id), await opened(uuid.uuid4())
        writer = await asyncio.to_thread(channel.open_writer, job_id)
        await asyncio.to_thread(writer.send, Audio(b"mine", 20))
        assert await take(mine, 1) == [Audio(b"mine", 20)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(take(other, 1), 0.2)

    asyncio.run(scenario())
