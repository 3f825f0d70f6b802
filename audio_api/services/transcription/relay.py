"""A transcript: waited for, or passed on as it is decoded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from django.http import StreamingHttpResponse

from audio_api.channel import (
    ChannelCut,
    ChannelSilent,
    Delta,
    Event,
    Failed,
    Progress,
    Result,
    sse,
)
from audio_api.channel.receipt import Receipt
from audio_api.channel.relay import (
    NOT_BUFFERED,
    closed,
    continued,
    departure_is_known,
    nobody_answered,
    pieces_of,
    problem_of,
    settled,
    too_slow,
)
from audio_api.channel.watch import events_of
from audio_api.jobs import tasks
from audio_api.models import Job
from audio_api.services.transcription.transcripts import TranscriptFormat
from audiopod.common.problem import SERVER_ERROR, Problem

log = logging.getLogger(__name__)

BEAT_SECONDS = 15.0
"""How long a response that has begun says nothing before it gives a sign of life."""
STREAM_BEATS = 2
"""Beats without an event until a stream begins all the same: after 45 s, as proxies wait no longer
than a minute for the head of a response. Until then a failure is still a status."""
WHOLE_BEATS = 15
"""The same for a transcript that is sent whole: after 240 s. Node waits 300 s for the head."""
PART_BYTES = 1024
"""About what is said in a minute. Who leaves before the end of a transcript pays for the parts that
had arrived, and a longer one has at most `MOST_PARTS`."""
MOST_PARTS = 512


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an event, and what is paid for of the recording when they have arrived."""

    data: bytes
    audio_ms: int
    event: Delta | Result


async def relay_transcript(
    job: Job, receipt: Receipt, form: TranscriptFormat
) -> StreamingHttpResponse:
    """The transcript, once it is there. Raises Problem when there is none.

    One that takes longer than Node waits is begun without it: then it has no cost in its headers,
    and where it fails it is cut.
    """
    events = _events(job, receipt, quiet_beats=WHOLE_BEATS)
    first = await anext(events)
    if first and isinstance(first.event, Result):
        return _whole(first.event, continued(first, events))
    padding = b" " if form.content_type == "application/json" else b""
    return StreamingHttpResponse(
        _padded(events, padding), content_type=form.content_type, headers=NOT_BUFFERED
    )


def _whole(result: Result, parts: AsyncGenerator[Part | None]) -> StreamingHttpResponse:
    """Its length is told, so that the client knows that it has all of it."""
    headers = {
        "Content-Length": str(len(result.data)),
        "x-audiopod-cost-usd": f"{result.cost_micros / 1_000_000:.6f}",
        "x-audiopod-balance-usd": f"{result.balance_micros / 1_000_000:.6f}",
    }
    return StreamingHttpResponse(
        _until_settled(parts), content_type=result.content_type, headers=headers
    )


async def _until_settled(parts: AsyncGenerator[Part | None]) -> AsyncIterator[bytes]:
    async with aclosing(parts):
        async for part in parts:
            if part:
                yield part.data


async def _padded(parts: AsyncGenerator[Part | None], padding: bytes) -> AsyncIterator[bytes]:
    """A late transcript. Before JSON spaces mean nothing, and show that the server lives."""
    async with aclosing(parts):
        yield padding
        async for part in parts:
            yield part.data if part else padding


async def relay_deltas(job: Job, receipt: Receipt) -> StreamingHttpResponse:
    """Stream a transcript as server-sent events. Raises Problem when it fails before the first."""
    events = _events(job, receipt, quiet_beats=STREAM_BEATS)
    first = await anext(events)
    return StreamingHttpResponse(
        _framed(first, events), content_type=sse.CONTENT_TYPE, headers=NOT_BUFFERED
    )


async def _framed(first: Part | None, events: AsyncGenerator[Part | None]) -> AsyncIterator[bytes]:
    """The events, framed by the worker already; what goes wrong is the last one."""
    try:
        async with aclosing(events):
            yield first.data if first else sse.KEEP_ALIVE
            async for event in events:
                yield event.data if event else sse.KEEP_ALIVE
    except Problem as problem:
        yield sse.error(problem)
    except Exception as error:
        log.error("a transcript's stream broke", exc_info=error)
        message = "The server had an error while processing your request."
        yield sse.error(Problem(message, status=500, type=SERVER_ERROR))


async def _events(job: Job, receipt: Receipt, *, quiet_beats: int) -> AsyncGenerator[Part | None]:
    """Deltas, the result in parts, and None where a sign of life is due, at first after
    `quiet_beats`. Ends after the settlement.

    What has been started is finished by the event loop, even if nobody iterates it any more
    because the client left before the response began: the channel is closed then. Raises Problem.
    """
    events = events_of(job, receipt.reader)
    sent_ms = 0
    try:
        async with aclosing(_beating(events)) as beating:
            async for event in beating:
                match event:
                    case Delta() | Result():
                        quiet_beats = 0
                        for part in _parts(event, sent_ms):
                            await departure_is_known()
                            yield part
                            receipt.sent(part.audio_ms)
                            await receipt.tell()
                        sent_ms = event.audio_ms
                        if isinstance(event, Result):
                            receipt.all_sent()
                            await receipt.arrival()
                            break
                    case Failed():
                        raise problem_of(event)
                    case None if quiet_beats:
                        quiet_beats -= 1
                    case None:
                        yield None
    except ChannelSilent:
        raise nobody_answered() from None
    except ChannelCut:
        raise too_slow() from None
    finally:
        await closed(job.id, receipt, settle=tasks.settle_delivered.send)
    await settled(events)


def _parts(event: Delta | Result, after_ms: int) -> Iterator[Part]:
    size = len(event.data) if isinstance(event, Delta) else len(event.data) // MOST_PARTS
    for data, audio_ms in pieces_of(event.data, max(PART_BYTES, size), after_ms, event.audio_ms):
        yield Part(data, audio_ms, event)


async def _beating(events: AsyncIterator[Event]) -> AsyncGenerator[Event | None]:
    """The events, and None for every `BEAT_SECONDS` in which nothing came that is to be sent."""
    clock = asyncio.get_running_loop().time
    due = clock() + BEAT_SECONDS
    while True:
        coming = asyncio.ensure_future(anext(events))
        try:
            while not (await asyncio.wait({coming}, timeout=max(0.0, due - clock())))[0]:
                due = clock() + BEAT_SECONDS
                yield None
            if not isinstance(coming.result(), Progress):  # which nobody is told of
                due = clock() + BEAT_SECONDS
            yield coming.result()
        except StopAsyncIteration:
            return
        finally:
            coming.cancel()
