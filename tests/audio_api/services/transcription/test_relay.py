"""From the channel to the client: what is sent when nothing comes, and when something breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from audio_api import channel
from audio_api.channel import Delta, Failed, Finished, Progress, Result, sse
from audio_api.channel.memory import MemoryReader, MemoryWriter
from audio_api.channel.receipt import Receipt
from audio_api.models import Job
from audio_api.services.transcription import relay
from audio_api.services.transcription.relay import relay_deltas, relay_transcript
from audio_api.services.transcription.transcripts import TranscriptFormat
from audiopod.common.connection import Unseen
from audiopod.common.problem import Problem

USUAL_BEAT_SECONDS = relay.BEAT_SECONDS
ONE = Delta(b'data: {"delta":"one"}\n\n', 1000)
DONE = Result(b'data: {"text":"one"}\n\n', sse.CONTENT_TYPE, 3000, 500, 1000)
WHOLE = Result(b'{"text": "one"}', "application/json", 3000, 500, 1000)
PAID = Finished(500, 1000)
LOST = Failed(503, "The worker of this request was lost.", "worker_lost")


@pytest.fixture(autouse=True)
def _in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(relay, "BEAT_SECONDS", 0.02)


@pytest.fixture
def job() -> Job:
    """Not saved: the relay only asks it how long to wait."""
    return Job(queue_deadline=timezone.now() + timedelta(seconds=60))


@pytest.fixture
def reader(job: Job) -> Iterator[MemoryReader]:
    opened = channel.open_reader(job.id)
    assert isinstance(opened, MemoryReader)
    yield opened
    channel.memory._channels.clear()


@pytest.fixture
def writer(job: Job, reader: MemoryReader) -> MemoryWriter:
    opened = channel.open_writer(job.id)
    assert isinstance(opened, MemoryWriter)
    return opened


def seen(reader: MemoryReader) -> Receipt:
    return Receipt(reader, Unseen())


class Far:
    """A connection whose other end has acknowledged what the test says."""

    def __init__(self) -> None:
        self.sent_bytes = self.acknowledged_bytes = 0
        self.is_cut = False

    def written(self) -> int:
        self.sent_bytes += 100
        return self.sent_bytes

    def acknowledged(self) -> int:
        return self.acknowledged_bytes

    def cut(self) -> None:
        self.is_cut = True


async def body_of(answer: HttpResponseBase) -> list[bytes]:
    assert isinstance(answer, StreamingHttpResponse)
    return [piece async for piece in answer]  # type: ignore[union-attr]


async def test_deltas_are_passed_on_and_the_line_is_closed_as_over(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    for event in (Progress(1.0), ONE, Progress(2.0), DONE, PAID):
        writer.send(event)

    assert await body_of(await relay_deltas(job, seen(reader))) == [ONE.data, DONE.data]
    assert reader.channel.closed
    assert not reader.channel.cancelled


async def test_a_silent_stream_begins_with_signs_of_life(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    """Given a worker that hears nothing for a while, before its first word and after it."""
    answer = await relay_deltas(job, seen(reader))
    assert isinstance(answer, StreamingHttpResponse)
    pieces = aiter(answer)

    assert await anext(pieces) == sse.KEEP_ALIVE
    writer.send(ONE)
    while (piece := await anext(pieces)) != ONE.data:
        assert piece == sse.KEEP_ALIVE
    assert await anext(pieces) == sse.KEEP_ALIVE, "after a delta at the first beat"


async def test_a_stream_waits_some_beats_for_its_status(
    job: Job, reader: MemoryReader, writer: MemoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "STREAM_BEATS", 10_000)
    loop = asyncio.get_running_loop()
    loop.call_later(0.1, writer.send, LOST)

    with pytest.raises(Problem, match="was lost") as caught:
        await relay_deltas(job, seen(reader))
    assert caught.value.status == 503


async def test_a_failure_after_the_first_delta_is_the_last_event(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    writer.send(ONE)
    writer.send(LOST)

    delta, failure = await body_of(await relay_deltas(job, seen(reader)))

    assert delta == ONE.data
    assert failure.startswith(b'data: {"error":{"message":"The worker of this request was lost.')
    assert b'"type":"server_error"' in failure


@pytest.mark.parametrize("broken", [ConnectionError("no Redis"), channel.ChannelSilent()])
async def test_a_line_that_breaks_is_said_in_the_stream(
    job: Job, reader: MemoryReader, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    async def events(self: MemoryReader, *, silence_seconds: float) -> Any:
        yield ONE
        raise broken

    monkeypatch.setattr(MemoryReader, "events", events)
    delta, failure = await body_of(await relay_deltas(job, seen(reader)))

    assert delta == ONE.data
    assert failure.startswith(b'data: {"error":{')
    assert b"Redis" not in failure
    assert reader.channel.cancelled


async def test_a_client_that_leaves_cancels_the_line(job: Job, reader: MemoryReader) -> None:
    waiting = asyncio.ensure_future(relay_deltas(job, seen(reader)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert reader.channel.cancelled


async def test_a_line_is_closed_though_the_last_word_about_it_is_lost(
    job: Job, reader: MemoryReader, writer: MemoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reader would go on saying that it reads."""

    async def away(self: MemoryReader, audio_ms: int) -> None:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(MemoryReader, "delivered", away)
    writer.send(WHOLE)
    answer = await relay_transcript(job, seen(reader), TranscriptFormat.JSON)
    with pytest.raises(ConnectionError):
        await body_of(answer)
    assert reader.channel.closed


async def test_a_whole_transcript_tells_its_cost(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    writer.send(WHOLE)
    writer.send(PAID)
    answer: Any = await relay_transcript(job, seen(reader), TranscriptFormat.JSON)

    assert await body_of(answer) == [WHOLE.data]
    assert answer.headers["content-length"] == str(len(WHOLE.data))
    assert answer.headers["x-audiopod-cost-usd"] == "0.000500"
    assert answer.headers["x-audiopod-balance-usd"] == "0.001000"
    assert not reader.channel.cancelled


@pytest.mark.parametrize(
    ("form", "padding"),
    [(TranscriptFormat.JSON, b" "), (TranscriptFormat.VTT, b""), (TranscriptFormat.TEXT, b"")],
)
async def test_a_late_transcript_has_its_head_sent_before_it(
    job: Job, reader: MemoryReader, writer: MemoryWriter, form: TranscriptFormat, padding: bytes
) -> None:
    """Node's fetch gives up when no head has come for five minutes."""
    answer = await relay_transcript(job, seen(reader), form)
    asyncio.get_running_loop().call_later(0.1, writer.send, WHOLE)
    asyncio.get_running_loop().call_later(0.2, writer.send, PAID)

    *before, body = await body_of(answer)

    assert answer.headers["content-type"] == form.content_type
    assert before
    assert set(before) == {padding}
    assert body == WHOLE.data
    assert not reader.channel.cancelled


async def test_a_transcript_is_taken_when_it_has_arrived_and_not_when_it_is_sent(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    writer.send(WHOLE)
    far = Far()
    answer: Any = await relay_transcript(job, Receipt(reader, far), TranscriptFormat.JSON)
    reading = asyncio.ensure_future(body_of(answer))
    await asyncio.sleep(0.05)
    assert not reader.channel.closed
    assert reader.channel.delivered_ms == 0

    far.acknowledged_bytes = 100
    while not reader.channel.closed:
        await asyncio.sleep(0.01)
    assert (reader.channel.delivered_ms, reader.channel.cancelled) == (3000, False)
    assert not reading.done(), "the response ends with the settlement"
    writer.send(PAID)
    assert await reading == [WHOLE.data]


async def test_a_client_that_leaves_before_the_end_has_only_what_arrived(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    for event in (ONE, DONE):
        writer.send(event)
    far = Far()
    answer = await relay_deltas(job, Receipt(reader, far))
    reading = asyncio.ensure_future(body_of(answer))
    await asyncio.sleep(0.05)
    far.acknowledged_bytes = 150
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (reader.channel.delivered_ms, reader.channel.cancelled) == (1000, True)


@pytest.mark.parametrize(("acknowledged", "paid_ms"), [(0, 0), (1, 50), (54, 2700), (59, 2950)])
async def test_who_leaves_in_the_middle_of_a_transcript_has_its_share(
    job: Job, reader: MemoryReader, writer: MemoryWriter, acknowledged: int, paid_ms: int
) -> None:
    """Given three seconds whose transcript is sent in sixty parts."""
    data = b"x" * 60 * relay.PART_BYTES
    writer.send(replace(WHOLE, data=data))
    far = Far()
    answer: Any = await relay_transcript(job, Receipt(reader, far), TranscriptFormat.JSON)
    assert answer.headers["content-length"] == str(len(data))
    reading = asyncio.ensure_future(body_of(answer))
    await asyncio.sleep(0.1)
    far.acknowledged_bytes = 100 * acknowledged
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (reader.channel.delivered_ms, reader.channel.cancelled) == (paid_ms, True)


async def test_the_end_of_a_stream_is_shared_from_its_last_delta_on(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    for event in (ONE, replace(DONE, data=b"x" * 2 * relay.PART_BYTES)):
        writer.send(event)
    far = Far()
    reading = asyncio.ensure_future(body_of(await relay_deltas(job, Receipt(reader, far))))
    await asyncio.sleep(0.05)
    far.acknowledged_bytes = 200
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert reader.channel.delivered_ms == 2000


async def test_hours_are_sent_in_a_bounded_number_of_parts(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    data = b"x" * (2 * relay.MOST_PARTS * relay.PART_BYTES + 1)
    writer.send(replace(WHOLE, data=data))
    writer.send(PAID)
    parts = await body_of(await relay_transcript(job, seen(reader), TranscriptFormat.JSON))
    assert b"".join(parts) == data
    assert len(parts) <= relay.MOST_PARTS + 1


@pytest.mark.parametrize("streamed", [True, False])
async def test_who_was_settled_without_the_rest_does_not_get_it(
    job: Job, reader: MemoryReader, writer: MemoryWriter, streamed: bool
) -> None:
    """It took all but the end for too long, and would take that as soon as it is free."""
    writer.send(DONE if streamed else WHOLE)
    far = Far()
    receipt = Receipt(reader, far)
    answer: Any = await (
        relay_deltas(job, receipt)
        if streamed
        else relay_transcript(job, receipt, TranscriptFormat.JSON)
    )
    reading = asyncio.ensure_future(body_of(answer))
    await asyncio.sleep(0.05)
    assert not far.is_cut
    writer.cut()
    with suppress(Problem):
        await reading
    assert far.is_cut


async def test_a_late_transcript_that_fails_is_cut(
    job: Job, reader: MemoryReader, writer: MemoryWriter
) -> None:
    answer = await relay_transcript(job, seen(reader), TranscriptFormat.JSON)
    writer.send(LOST)
    with pytest.raises(Problem):
        await body_of(answer)
    assert reader.channel.cancelled


def test_the_heads_are_sent_in_time() -> None:
    proxies_wait_seconds, node_waits_seconds = 60, 300
    assert proxies_wait_seconds > USUAL_BEAT_SECONDS * (relay.STREAM_BEATS + 1)
    assert node_waits_seconds > USUAL_BEAT_SECONDS * (relay.WHOLE_BEATS + 1)
