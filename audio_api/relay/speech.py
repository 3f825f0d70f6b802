"""A speech, passed on piece by piece: as it is, or as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from django.http import StreamingHttpResponse

from audio_api import sse
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
from audio_api.codecs.encode import SpeechFormat
from audio_api.models import Job
from audio_api.relay.line import (
    NOT_BUFFERED,
    closed,
    nobody_answered,
    problem_of,
    silence_seconds,
)
from audio_api.relay.speech_events import audio_deltas, done
from audio_api.requests import SpeechRequest, SpeechStream
from audiopod.common.problem import Problem, unavailable

SETTLE_SECONDS = 10.0
"""How long a finished stream waits for its settlement before it ends all the same."""


class StreamAborted(Exception):
    """The worker failed after the first byte: the response is cut, never ended as if whole."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


async def relay_speech(job: Job, reader: Reader, request: SpeechRequest) -> StreamingHttpResponse:
    """Stream a speech as it is made. Raises Problem when it fails before its first byte."""
    audio = _audio(job, reader)
    first = await anext(audio)
    # What has been started is finished by the event loop, even if nobody ever iterates it
    # because the client leaves before the response begins; a fresh generator would just vanish.
    pieces = _continued(first, audio)
    if request.stream_format == SpeechStream.SSE:
        body, content_type = _as_events(pieces, request.text), sse.CONTENT_TYPE
    else:
        body = _as_bytes(pieces)
        content_type = SpeechFormat(request.response_format).content_type
    return StreamingHttpResponse(body, content_type=content_type, headers=NOT_BUFFERED)


def spoken_before(audio: bytes, audio_ms: int, request: SpeechRequest) -> tuple[bytes, str]:
    """The body and the content type of a response whose audio was kept."""
    if request.stream_format == SpeechStream.SSE:
        return b"".join([*audio_deltas(audio), done(request.text, audio_ms)]), sse.CONTENT_TYPE
    return audio, SpeechFormat(request.response_format).content_type


async def _as_bytes(pieces: AsyncGenerator[Audio]) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece.data


async def _as_events(pieces: AsyncGenerator[Audio], text: str) -> AsyncIterator[bytes]:
    """Deltas and `done`; a failure is told in the stream, and ends it."""
    audio_ms = 0
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                audio_ms = piece.audio_ms
                for delta in audio_deltas(piece.data):
                    yield delta
    except StreamAborted as aborted:
        yield sse.error(aborted.problem)
        return
    yield done(text, audio_ms)


async def _continued(first: Audio, rest: AsyncGenerator[Audio]) -> AsyncGenerator[Audio]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


async def _audio(job: Job, reader: Reader) -> AsyncGenerator[Audio]:
    """The encoded audio. Ends after the settlement, so that the balance a client reads next
    is the new one. Raises Problem before the first piece, StreamAborted after it."""
    events = reader.events(silence_seconds=silence_seconds(job))
    complete = started = False
    try:
        async for event in events:
            match event:
                case Audio():
                    started = True
                    yield event
                    await reader.delivered(event.audio_ms)
                case Produced():
                    complete = True
                    break
                case Failed():
                    problem = problem_of(event)
                    raise StreamAborted(problem) if started else problem
    except ChannelSilent:
        raise StreamAborted(nobody_answered()) if started else nobody_answered() from None
    except LineCut:
        raise StreamAborted(_too_slow()) from None
    finally:
        await closed(job.id, reader, cancelled=not complete)
    with suppress(ChannelSilent, TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            await _until_finished(events)


def _too_slow() -> Problem:
    return unavailable("Nothing was taken of the stream for too long, so it was ended.")


async def _until_finished(events: AsyncIterator[Event]) -> None:
    async for event in events:
        if isinstance(event, Finished | Failed):
            return
