"""Listening: engine, transcript, and what is settled once it has arrived.

What it costs: a transcript is charged whole when all of it has arrived at its client's machine.
Before that as much of the recording is paid for as the deltas that had arrived write down, and of a
transcript that is sent whole the share that its bytes that had arrived are of it: else all but the
last word of it would be had for nothing. Our failure costs nothing. The exception is a job whose
result is kept for the client to ask for again: it is worked to its end whoever listens, and charged
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from django.core.files.storage import default_storage
from django.utils import timezone

from audio.engines.base import Recording, Segment
from audio_api.channel import (
    Delta,
    Event,
    Finished,
    Progress,
    ReaderGone,
    Result,
    Writer,
    sse,
)
from audio_api.jobs import settlement
from audio_api.jobs.delivery import SIGN_OF_LIFE_SECONDS, deliver
from audio_api.jobs.leases import Lease
from audio_api.jobs.results import Keeper
from audio_api.models import Job
from audio_api.services.transcription.listening import Ask, Listened, in_channels, listen
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.transcripts import (
    TextSoFar,
    Transcript,
    TranscriptFormat,
    Turns,
    delta_event,
    diarized_segment,
    done_event,
    in_every_format,
    logprobs_of,
    render,
    transcript_logprobs,
)


def transcribe(job: Job, writer: Writer, lease: Lease) -> None:
    request = TranscriptionRequest.of(job.params)
    answer = listen(_samples(job, request), request.sound, _ask_of(request), split=request.is_split)
    segments, deltas = [], []
    ends: dict[int | None, float] = {}
    for segment, delta in _decoded(request, answer, lease):
        segments.append(segment)
        deltas.append(delta)
        ends[segment.channel] = max(ends.get(segment.channel, 0.0), segment.end)
        billed_ms = request.billed_until(ends.values())
        _send(job, writer, Delta(delta, billed_ms) if delta else Progress(segment.end))
    heard = Transcript(
        segments,
        answer.language,
        request.seconds,
        request.task,
        answer.prompt_tokens,
        paid_seconds=request.paid_seconds,
    )
    body, content_type = _ending(request, heard)
    job.first_byte_at = job.first_byte_at or timezone.now()
    result = partial(Result, body, content_type, request.billed_ms)
    if job.is_kept:
        with Keeper(job, lease) as keeper:
            keeper.write(b"".join([*deltas, body]))
            outcome = keeper.succeed(audio_ms=request.billed_ms)
        writer.send(result(outcome.cost_micros, outcome.balance_micros))
        writer.send(Finished(outcome.cost_micros, outcome.balance_micros))
        return
    if writer.cancelled() or not writer.listened(wait_seconds=SIGN_OF_LIFE_SECONDS):
        raise ReaderGone
    outcome = settlement.expected(job, audio_ms=request.billed_ms)
    writer.send(result(outcome.cost_micros, outcome.balance_micros))
    deliver(job, writer, lease)


def _ask_of(request: TranscriptionRequest) -> Ask:
    return Ask(
        task=request.task,
        language=request.language,
        languages=request.languages,
        prompt=request.prompt or None,
        keywords=request.keywords,
        temperature=request.temperature,
        word_timestamps=request.needs_words,
        detection=request.detection,
    )


def _samples(job: Job, request: TranscriptionRequest) -> Recording:
    """The decoded upload: 16 kHz s16le, left in its file, so that hours take no memory."""
    with default_storage.open(job.source) as file:
        return in_channels(np.memmap(file, dtype="<i2", mode="r"), request.sound)


def _decoded(
    request: TranscriptionRequest, answer: Listened, lease: Lease
) -> Iterator[tuple[Segment, bytes]]:
    """Each segment as soon as it is decoded, and what of it is streamed, perhaps nothing."""
    so_far, turns = TextSoFar(), Turns()
    for segment in answer.segments:
        lease.check()
        text = so_far.add(turns.text_of(segment)) if request.stream else ""
        logprobs = logprobs_of(text, segment) if request.logprobs else None
        event = sse.event(delta_event(text, logprobs)) if text else b""
        if text and request.response_format == TranscriptFormat.DIARIZED_JSON:
            event += sse.event(diarized_segment(segment, request.seconds))
        yield segment, event


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
        layout=request.layout,
        logprobs=request.logprobs,
        languages=request.names_languages,
    )
    return body.encode(), form.content_type
