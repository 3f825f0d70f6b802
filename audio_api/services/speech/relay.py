"""A speech, passed on piece by piece: as it is, or as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing

from django.http import StreamingHttpResponse

from audio.codecs.encode import SpeechFormat
from audio_api.channel import (
    Audio,
    ChannelCut,
    ChannelSilent,
    Failed,
    Produced,
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
from audio_api.services.speech.events import done, framed
from audio_api.services.speech.params import SpeechRequest, SpeechStream
from audiopod.common.problem import Problem

SLICE_BYTES = 15 * 1024
"""Of audio handed to the connection at once, and counted when all of it has arrived. A multiple of
6, so that it cuts no sample and its base64 needs no padding."""


class StreamAborted(Exception):
    """The worker failed after the first byte: the response is cut, never ended as if whole."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


async def relay_speech(job: Job, receipt: Receipt, request: SpeechRequest) -> StreamingHttpResponse:
    """Stream a speech as it is made. Raises Problem when it fails before its first byte."""
    audio = _audio(job, receipt)
    pieces = continued(await anext(audio), audio)
    if request.stream_format == SpeechStream.SSE:
        body, content_type = _as_events(pieces, request), sse.CONTENT_TYPE
    else:
        body = _as_bytes(pieces)
        content_type = SpeechFormat(request.response_format).content_type
    return StreamingHttpResponse(body, content_type=content_type, headers=NOT_BUFFERED)


async def _as_bytes(pieces: AsyncGenerator[Audio]) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece.data


async def _as_events(pieces: AsyncGenerator[Audio], request: SpeechRequest) -> AsyncIterator[bytes]:
    """Deltas, times where they are asked for, and `done`; a failure is told in the stream, and
    ends it."""
    audio_ms = 0
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                audio_ms = piece.audio_ms
                for event in framed(piece, request.timestamps):
                    yield event
    except StreamAborted as aborted:
        yield sse.error(aborted.problem)
        return
    yield done(request.text, audio_ms)


async def _audio(job: Job, receipt: Receipt) -> AsyncGenerator[Audio]:
    """The encoded audio. Ends after the settlement, so that the balance a client reads next
    is the new one. Raises Problem before the first piece, StreamAborted after it."""
    events = events_of(job, receipt.reader)
    started = False
    sent_ms = 0
    try:
        async for event in events:
            match event:
                case Audio():
                    for piece in _slices(event, sent_ms):
                        await departure_is_known()
                        started = True
                        yield piece
                        receipt.sent(piece.audio_ms)
                        await receipt.tell()
                    sent_ms = event.audio_ms
                case Produced():
                    receipt.all_sent()
                    await receipt.arrival()
                    break
                case Failed():
                    problem = problem_of(event)
                    raise StreamAborted(problem) if started else problem
    except ChannelSilent:
        raise StreamAborted(nobody_answered()) if started else nobody_answered() from None
    except ChannelCut:
        raise StreamAborted(too_slow()) from None
    finally:
        await closed(job.id, receipt, settle=tasks.settle_delivered.send)
    await settled(events)


def _slices(audio: Audio, after_ms: int) -> Iterator[Audio]:
    """after_ms: where the piece begins in the speech. Its tokens come with its last slice."""
    *before, (data, audio_ms) = pieces_of(audio.data, SLICE_BYTES, after_ms, audio.audio_ms)
    yield from (Audio(*slice_) for slice_ in before)
    if data or audio.tokens:
        yield Audio(data, audio_ms, audio.tokens)
