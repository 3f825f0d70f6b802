"""A speech, passed on piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from django.http import StreamingHttpResponse

from audio_api.channel import (
    Audio,
    ChannelSilent,
    Event,
    Failed,
    Finished,
    LineCut,
    Produced,
    Reader,
)
from audio_api.models import Job
from audio_api.relay.line import (
    NOT_BUFFERED,
    closed,
    nobody_answered,
    problem_of,
    silence_seconds,
)

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
        _continued(first, audio), content_type=content_type, headers=NOT_BUFFERED
    )


async def _continued(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for data in rest:
            yield data


async def _audio(job: Job, reader: Reader) -> AsyncGenerator[bytes]:
    """The encoded audio. Ends after the settlement, so that the balance a client reads next
    is the new one. Raises Problem before the first piece, StreamAborted after it."""
    events = reader.events(silence_seconds=silence_seconds(job))
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
                    raise StreamAborted(event.message) if started else problem_of(event)
    except ChannelSilent:
        raise StreamAborted("the worker went silent") if started else nobody_answered() from None
    except LineCut:
        raise StreamAborted("the client took nothing for too long") from None
    finally:
        await closed(job.id, reader, cancelled=not complete)
    with suppress(ChannelSilent, TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            await _until_finished(events)


async def _until_finished(events: AsyncIterator[Event]) -> None:
    async for event in events:
        if isinstance(event, Finished | Failed):
            return
