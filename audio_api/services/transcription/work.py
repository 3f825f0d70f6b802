"""Listening: engine, transcript, and the settlement of a transcript that somebody waits for.

What it costs: a transcript is charged whole when its last word has been decoded and its client is
still there to get it. Who leaves before that pays nothing for a transcript that is sent whole, and
of one that is streamed for as much of the recording as its deltas had written down. Our failure
costs nothing. The exception is a job whose result is kept for the client to ask for
again: it is worked to its end whoever listens, and charged whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.core.files.storage import default_storage
from django.utils import timezone

from audio.engines import registry, status
from audio.engines.base import EngineError, Recording, Segment, Transcription, TranscriptionEngine
from audio_api.channel import Delta, Event, Progress, ReaderGone, Result, Writer, sse
from audio_api.jobs import settlement
from audio_api.jobs.leases import Lease
from audio_api.jobs.results import Keeper
from audio_api.jobs.settlement import Outcome
from audio_api.models import Job
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.transcripts import (
    TextSoFar,
    Transcript,
    TranscriptFormat,
    delta_event,
    done_event,
    in_every_format,
    logprobs_of,
    render,
    transcript_logprobs,
)


def transcribe(job: Job, writer: Writer, lease: Lease) -> None:
    request = TranscriptionRequest.of(job.params)
    answer = _listened(job, request)
    segments, deltas = [], []
    for segment, delta in _decoded(request, answer, lease):
        segments.append(segment)
        deltas.append(delta)
        heard_so_far = Delta(delta, round(segment.end * 1000)) if delta else Progress(segment.end)
        _send(job, writer, heard_so_far)
    heard = Transcript(
        segments, answer.language, request.seconds, request.task, answer.prompt_tokens
    )
    body, content_type = _ending(request, heard)
    outcome = _settled(job, writer, lease, request.billed_ms, b"".join([*deltas, body]))
    writer.send(Result(body, content_type, outcome.cost_micros, outcome.balance_micros))


def _listened(job: Job, request: TranscriptionRequest) -> Transcription:
    """The engine's answer, its segments still to be decoded."""
    engine = registry.get(TranscriptionEngine)
    if reason := status.why_broken(engine.name):
        raise EngineError(reason)
    return engine.transcribe(
        _samples(job),
        task=request.task,
        language=request.language,
        languages=request.languages,
        prompt=request.prompt or None,
        keywords=request.keywords,
        temperature=request.temperature,
        word_timestamps=request.needs_words,
        detection=request.detection,
    )


def _samples(job: Job) -> Recording:
    """The decoded upload: 16 kHz mono s16le, left in its file, so that hours take no memory."""
    with default_storage.open(job.source) as file:
        return np.memmap(file, dtype="<i2", mode="r")


def _decoded(
    request: TranscriptionRequest, answer: Transcription, lease: Lease
) -> Iterator[tuple[Segment, bytes]]:
    """Each segment as soon as it is decoded, and what of it is streamed, perhaps nothing."""
    so_far = TextSoFar()
    for segment in answer.segments:
        lease.check()
        text = so_far.add(segment.text) if request.stream else ""
        logprobs = logprobs_of(text, segment) if request.logprobs else None
        yield segment, sse.event(delta_event(text, logprobs)) if text else b""


def _send(job: Job, writer: Writer, event: Event) -> None:
    """Send, also as a sign of life. Raises ReaderGone when nobody listens to what is not kept."""
    if isinstance(event, Delta):
        job.first_byte_at = job.first_byte_at or timezone.now()
    try:
        writer.send(event)
    except ReaderGone:
        if not job.is_kept:
            raise


def _ending(request: TranscriptionRequest, heard: Transcript) -> tuple[bytes, str]:
    """The body of the response, or the event that ends a stream, and the content type."""
    if request.stream:
        logprobs = transcript_logprobs(heard.segments) if request.logprobs else None
        done = done_event(heard, logprobs=logprobs, languages=request.names_languages)
        if request.every_format:
            done |= in_every_format(heard)
        return sse.event(done), sse.CONTENT_TYPE
    form = TranscriptFormat(request.response_format)
    body = render(
        heard,
        form,
        granularities=request.granularities,
        logprobs=request.logprobs,
        languages=request.names_languages,
    )
    return body.encode(), form.content_type


def _settled(job: Job, writer: Writer, lease: Lease, audio_ms: int, whole: bytes) -> Outcome:
    """Charge for the transcript. Raises ReaderGone when nobody waits for it any more."""
    job.first_byte_at = job.first_byte_at or timezone.now()
    if job.is_kept:
        with Keeper(job, lease) as keeper:
            keeper.write(whole)
            return keeper.succeed(audio_ms=audio_ms)
    if writer.cancelled() or not writer.listened():
        raise ReaderGone
    return settlement.succeed(
        job, lease.attempt, audio_ms=audio_ms, first_byte_at=job.first_byte_at
    )
