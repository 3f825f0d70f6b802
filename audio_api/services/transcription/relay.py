"""A transcript: waited for, or passed on as it is decoded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from audio_api.channel import ChannelSilent, Delta, Event, Failed, Progress, Reader, Result, sse
from audio_api.channel.relay import (
    NOT_BUFFERED,
    closed,
    departure_is_known,
    nobody_answered,
    problem_of,
    silence_seconds,
)
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


async def relay_transcript(job: Job, reader: Reader, form: TranscriptFormat) -> HttpResponseBase:
    """The transcript, once it is there. Raises Problem when there is none.

    One that takes longer than Node waits is begun without it: then it has no cost in its headers,
    and where it fails it is cut.
    """
    events = _events(job, reader, quiet_beats=WHOLE_BEATS)
    first = await anext(events)
    if isinstance(first, Result):
        return _whole(first)
    padding = b" " if form.content_type == "application/json" else b""
    return StreamingHttpResponse(
        _padded(events, padding), content_type=form.content_type, headers=NOT_BUFFERED
    )


def _whole(result: Result) -> HttpResponse:
    headers = {
        "x-audiopod-cost-usd": f"{result.cost_micros / 1_000_000:.6f}",
        "x-audiopod-balance-usd": f"{result.balance_micros / 1_000_000:.6f}",
    }
    return HttpResponse(result.data, content_type=result.content_type, headers=headers)


async def _padded(
    events: AsyncGenerator[Delta | Result | None], padding: bytes
) -> AsyncIterator[bytes]:
    """A late transcript. Before JSON spaces mean nothing, and show that the server lives."""
    async with aclosing(events):
        yield padding
        async for event in events:
            yield event.data if event else padding


async def relay_deltas(job: Job, reader: Reader) -> StreamingHttpResponse:
    """Stream a transcript as server-sent events. Raises Problem when it fails before the first."""
    events = _events(job, reader, quiet_beats=STREAM_BEATS)
    first = await anext(events)
    return StreamingHttpResponse(
        _framed(first, events), content_type=sse.CONTENT_TYPE, headers=NOT_BUFFERED
    )


async def _framed(
    first: Delta | Result | None, events: AsyncGenerator[Delta | Result | None]
) -> AsyncIterator[bytes]:
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


async def _events(
    job: Job, reader: Reader, *, quiet_beats: int
) -> AsyncGenerator[Delta | Result | None]:
    """Deltas, the result, and None where a sign of life is due, at first after `quiet_beats`.

    What has been started is finished by the event loop, even if nobody iterates it any more
    because the client left before the response began: the channel is closed then. Raises Problem.
    """
    result: Result | None = None
    try:
        events = reader.events(silence_seconds=silence_seconds(job))
        async with aclosing(_beating(events)) as beating:
            async for event in beating:
                match event:
                    case Result():
                        result = event
                        break
                    case Delta():
                        quiet_beats = 0
                        await departure_is_known()
                        yield event
                        await reader.delivered(event.audio_ms)
                    case Failed():
                        raise problem_of(event)
                    case None if quiet_beats:
                        quiet_beats -= 1
                    case None:
                        yield None
    except ChannelSilent:
        raise nobody_answered() from None
    finally:
        await closed(job.id, reader, cancelled=result is None, settle=tasks.settle_delivered.send)
    yield result


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
