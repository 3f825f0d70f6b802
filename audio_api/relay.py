"""From the channel to the client, on the event loop: nobody waits in a thread.

The first event decides the status: until it is there nothing has been sent, and a failure is
still an ordinary error body. When the client leaves, Django cancels what waits here.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse

from audio_api import tasks
from audio_api.channel import (
    Audio,
    ChannelSilent,
    Event,
    Failed,
    Finished,
    LineCut,
    Produced,
    Reader,
    Result,
)
from audio_api.models import Job
from audio_api.threads import off_loop
from audiopod.common.problem import SERVER_ERROR, Problem, unavailable

SETTLE_SECONDS = 10.0
"""How long a finished stream waits for its settlement before it ends all the same."""


class StreamAborted(Exception):
    """The worker failed after the first byte: the response is cut, never ended as if whole."""


async def relay_speech(job: Job, reader: Reader, content_type: str) -> StreamingHttpResponse:
    """Stream a speech as it is made. Raises Problem when it fails before its first byte."""
    audio = _audio(job, reader)
    first = await anext(audio)
    # What has been started is finished by the event loop, even if nobody ever iterates it
    # because the client leaves before the response begins; a fresh generator would just vanish.
    return StreamingHttpResponse(
        _continued(first, audio), content_type=content_type, headers=_NOT_BUFFERED
    )


_NOT_BUFFERED = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


async def _continued(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for data in rest:
            yield data


async def _audio(job: Job, reader: Reader) -> AsyncGenerator[bytes]:
    """The encoded audio. Ends after the settlement, so that the balance a client reads next
    is the new one. Raises Problem before the first piece, StreamAborted after it."""
    events = reader.events(silence_seconds=_silence_seconds(job))
    complete = started = False
    try:
        async for event in events:
            match event:
                case Audio():
                    started = True
                    yield event.data
                    await reader.delivered(event.audio_ms)
                case Produced():
                    complete = True
                    break
                case Failed():
                    raise StreamAborted(event.message) if started else _problem(event)
    except ChannelSilent:
        raise StreamAborted("the worker went silent") if started else _nobody() from None
    except LineCut:
        raise StreamAborted("the client took nothing for too long") from None
    finally:
        await _closed(job.id, reader, cancelled=not complete)
    with suppress(ChannelSilent, TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            await _until_finished(events)


async def _until_finished(events: AsyncIterator[Event]) -> None:
    async for event in events:
        if isinstance(event, Finished | Failed):
            return


async def relay_transcript(job: Job, reader: Reader) -> HttpResponse:
    """Wait for the transcript. Raises Problem when there is none."""
    events = reader.events(silence_seconds=_silence_seconds(job))
    result: Result | None = None
    try:
        result = await _result(events)
    finally:
        await _closed(job.id, reader, cancelled=result is None)
    return HttpResponse(
        result.data,
        content_type=result.content_type,
        headers={
            "x-audiopod-cost-usd": f"{result.cost_micros / 1_000_000:.6f}",
            "x-audiopod-balance-usd": f"{result.balance_micros / 1_000_000:.6f}",
        },
    )


async def _result(events: AsyncIterator[Event]) -> Result:
    """The transcript, after any signs of life. Raises Problem."""
    with suppress(ChannelSilent):
        async for event in events:
            match event:
                case Result():
                    return event
                case Failed():
                    raise _problem(event)
    raise _nobody()


def _nobody() -> Problem:
    return unavailable("No worker answered in time. You were not charged.")


def _problem(event: Failed) -> Problem:
    if event.status >= 500:
        return Problem(event.message, status=event.status, type=SERVER_ERROR)
    return Problem(event.message, status=event.status, code=event.code, param="input")


def _silence_seconds(job: Job) -> float:
    """Longer than any living worker is silent: the sweeper speaks for the dead ones."""
    waits = (job.queue_deadline - job.created_at).total_seconds()
    return float(waits + 2 * settings.JOB_LEASE_SECONDS + 2 * settings.SWEEP_SECONDS)


async def _closed(job_id: uuid.UUID, reader: Reader, *, cancelled: bool) -> None:
    """Close the line even while this request is being cancelled."""
    await asyncio.shield(_close(job_id, reader, cancelled=cancelled))


async def _close(job_id: uuid.UUID, reader: Reader, *, cancelled: bool) -> None:
    if await reader.close(cancelled=cancelled):
        await off_loop(tasks.settle_delivered.send)(str(job_id))
