"""A speech, passed on piece by piece: as it is, or as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, suppress

from django.http import StreamingHttpResponse

from audio.codecs.encode import SpeechFormat
from audio_api.channel import (
    Audio,
    ChannelCut,
    ChannelSilent,
    Event,
    Failed,
    Finished,
    Produced,
    Reader,
    sse,
)
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
from audio_api.services.speech.events import audio_deltas, done
from audio_api.services.speech.params import SpeechRequest, SpeechStream
from audiopod.common.problem import Problem, unavailable

SETTLE_SECONDS = 10.0
"""How long a finished stream waits for its settlement before it ends all the same."""


SLICE_BYTES = 15 * 1024
"""Of audio handed to the connection at once: who leaves may pay for this much that was lost on the
way. A multiple of 6, so that it cuts no sample and its base64 needs no padding."""


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
    sent_ms = 0
    try:
        async for event in events:
            match event:
                case Audio():
                    for piece in _slices(event, sent_ms):
                        await departure_is_known()
                        started = True
                        yield piece
                        await reader.delivered(piece.audio_ms)
                    sent_ms = event.audio_ms
                case Produced():
                    complete = True
                    break
                case Failed():
                    problem = problem_of(event)
                    raise StreamAborted(problem) if started else problem
    except ChannelSilent:
        raise StreamAborted(nobody_answered()) if started else nobody_answered() from None
    except ChannelCut:
        raise StreamAborted(_too_slow()) from None
    finally:
        await closed(job.id, reader, cancelled=not complete, settle=tasks.settle_delivered.send)
    with suppress(ChannelSilent, TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            await _until_finished(events)


def _slices(audio: Audio, after_ms: int) -> Iterator[Audio]:
    """A piece in parts that a connection takes at once, so that what is counted as sent has at
    most such a part waiting behind it. after_ms: where the piece begins in the speech."""
    size, length_ms = len(audio.data), audio.audio_ms - after_ms
    for start in range(0, size, SLICE_BYTES):
        end = min(start + SLICE_BYTES, size)
        yield Audio(audio.data[start:end], after_ms + length_ms * end // size)


def _too_slow() -> Problem:
    return unavailable("Nothing was taken of the stream for too long, so it was ended.")


async def _until_finished(events: AsyncIterator[Event]) -> None:
    async for event in events:
        if isinstance(event, Finished | Failed):
            return
