"""Listening: engine, transcript, and the settlement of a transcript that somebody waits for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.core.files.storage import default_storage
from django.utils import timezone
from numpy.typing import NDArray

from audio_api import settlement
from audio_api.channel import Progress, ReaderGone, Result, Writer
from audio_api.engines import registry, status
from audio_api.engines.base import EngineError, Segment
from audio_api.leases import Lease
from audio_api.models import Job
from audio_api.requests import TranscriptionRequest
from audio_api.transcripts import Transcript, TranscriptFormat, render


def transcribe(job: Job, writer: Writer, lease: Lease) -> None:
    request = TranscriptionRequest.of(job.params)
    engine = registry.transcription_engine()
    if reason := status.why_broken(engine.name):
        raise EngineError(reason)
    answer = engine.transcribe(
        _samples(job),
        task=request.task,
        language=request.language,
        prompt=request.prompt or None,
        temperature=request.temperature,
        word_timestamps="word" in request.granularities,
    )
    segments = _decoded(answer.segments, writer, lease)
    body, content_type = _rendered(request, answer.language, segments)
    if writer.cancelled() or not writer.listened():
        raise ReaderGone
    audio_ms = request.billed_ms
    outcome = settlement.succeed(
        job, lease.attempt, audio_ms=audio_ms, first_byte_at=timezone.now()
    )
    writer.send(Result(body, content_type, outcome.cost_micros, outcome.balance_micros))


def _rendered(
    request: TranscriptionRequest, language: str, segments: list[Segment]
) -> tuple[bytes, str]:
    """The body of the response and its content type."""
    transcript = Transcript(segments, language, request.seconds, request.task)
    form = TranscriptFormat(request.response_format)
    body = render(transcript, form, granularities=request.granularities)
    return body.encode(), form.content_type


def _samples(job: Job) -> NDArray[np.float32]:
    """The decoded upload: 16 kHz mono, s16le in the storage, float32 here."""
    with default_storage.open(job.source) as file:
        raw = np.frombuffer(file.read(), dtype="<i2")
    return raw.astype(np.float32) / np.float32(32768)


def _decoded(segments: Iterator[Segment], writer: Writer, lease: Lease) -> list[Segment]:
    """Decode to the end, saying so after each segment, stopping when nobody listens."""
    done: list[Segment] = []
    for segment in segments:
        lease.check()
        writer.send(Progress(segment.end))
        done.append(segment)
    return done
