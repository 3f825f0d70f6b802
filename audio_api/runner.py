"""The back half: claim a job, do the work, send it, end it. In a worker's thread.

Every attempt is fenced by its number: a worker that was taken for dead and comes back can
neither send a state nor move money for a job that is somebody else's by now.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone
from numpy.typing import NDArray

from audio_api import channel, settlement
from audio_api.channel import (
    Audio,
    Failed,
    Finished,
    Produced,
    Progress,
    ReaderGone,
    Result,
    Writer,
)
from audio_api.codecs.encode import Encoder, SpeechFormat, output_samples
from audio_api.engines import registry, status, text
from audio_api.engines.base import AudioChunk, EngineError, Segment, UnspeakableText
from audio_api.leases import HOLD_MARGIN_SECONDS, Lease, LeaseLost
from audio_api.models import Job
from audio_api.requests import SpeechRequest, TranscriptionRequest
from audio_api.transcripts import Transcript, TranscriptFormat, render
from wallet import services as wallet

log = logging.getLogger(__name__)

DELIVERY_WAIT_SECONDS = 2.0
"""How long a worker waits for its last audio to reach a client before it leaves that to others."""

CLAIM_RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0)

_OUR_FAULT = "The server had an error while processing your request. You were not charged."


def run(job_id: uuid.UUID) -> None:
    """Do one job, if it is free. What goes wrong with it is the job's end, and is not raised."""
    attempt = _claimed(job_id)
    if attempt is None:
        log.info("job %s is not to be had", job_id)
        return
    job = Job.objects.select_related("user").get(pk=job_id)
    writer = channel.open_writer(job_id)
    with Lease(job_id, attempt) as held:
        _attempt(job, writer, held)


def _claimed(job_id: uuid.UUID) -> int | None:
    """Claim, through a database that has just come back: a lost message is a lost job."""
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS)
    for wait_seconds in CLAIM_RETRY_SECONDS:
        try:
            return Job.objects.claim(job_id, lease=lease)
        except OperationalError:
            log.warning("job %s: the database does not answer, trying again", job_id)
            connection.close()
            time.sleep(wait_seconds)
    return Job.objects.claim(job_id, lease=lease)


def _attempt(job: Job, writer: Writer, lease: Lease) -> None:
    try:
        if writer.cancelled():
            raise ReaderGone
        if lease.attempt > 1 and writer.has_output():
            raise EngineError("the worker died after the first audio had been sent")
        work = _speak if job.kind == Job.Kind.SPEECH else _transcribe
        work(job, writer, lease)
    except ReaderGone:
        _end_cancelled(job, writer, lease)
    except LeaseLost:
        log.warning("job %s: attempt %d lost its lease", job.id, lease.attempt)
    except UnspeakableText as error:
        _end_failed(job, writer, lease, Failed(400, str(error), "unspeakable_input"))
    except Exception as error:
        log.exception("job %s failed", job.id)
        code = "engine_error" if isinstance(error, EngineError) else "internal_error"
        _end_failed(job, writer, lease, Failed(500, _OUR_FAULT, code))


def _end_cancelled(job: Job, writer: Writer, lease: Lease) -> None:
    audio_ms = writer.delivered_ms() if job.kind == Job.Kind.SPEECH else 0
    try:
        settlement.cancel(job, lease.attempt, audio_ms=audio_ms)
    except LeaseLost:
        log.warning("job %s: cancelled by its client, ended by others", job.id)


def _end_failed(job: Job, writer: Writer, lease: Lease, event: Failed) -> None:
    try:
        settlement.fail(job, lease.attempt, code=event.code, message=event.message)
    except LeaseLost:
        return
    except Exception:  # the database is away: the sweeper releases the hold
        log.exception("job %s: its failure could not be written down", job.id)
    try:
        writer.send(event)
    except Exception:
        log.exception("job %s: its client could not be told", job.id)


# --- speech ---------------------------------------------------------------------------------


def _speak(job: Job, writer: Writer, lease: Lease) -> None:
    request = SpeechRequest.of(job.params)
    if reason := status.why_broken(request.engine):
        raise EngineError(reason)
    encoder, chunks = _encoder_for(request)
    for data in _encoded(chunks, encoder, lease):
        job.first_byte_at = job.first_byte_at or timezone.now()
        writer.send(Audio(data, encoder.milliseconds))
    if not encoder.milliseconds:
        raise EngineError("the engine made no audio")
    writer.send(Produced())
    _deliver(job, writer, lease)


def _encoder_for(request: SpeechRequest) -> tuple[Encoder, Iterable[AudioChunk]]:
    """The encoder and what it will be given.

    A WAV says its length in its first bytes, and some readers insist on the truth. A text of one
    piece is spoken whole before anything could be sent, so its length is known in time.
    """
    form = SpeechFormat(request.response_format)
    if form is not SpeechFormat.WAV or len(text.pieces(text.clean(request.text))) > 1:
        return Encoder(form), _spoken(request)
    chunks = list(_spoken(request))
    samples = sum(len(chunk.samples) for chunk in chunks)
    total = output_samples(samples, chunks[0].sample_rate) if chunks else 0
    return Encoder(form, total_samples=total), chunks


def _encoded(chunks: Iterable[AudioChunk], encoder: Encoder, lease: Lease) -> Iterator[bytes]:
    """Pieces of the encoded speech, none of them empty."""
    for chunk in chunks:
        lease.check()
        if data := encoder.encode(chunk):
            yield data
    if data := encoder.finish():
        yield data


def _spoken(request: SpeechRequest) -> Iterator[AudioChunk]:
    engine = registry.speech_engine(request.engine)
    chunks = engine.speak(
        request.text,
        voice=request.engine_voice,
        language=request.language,
        speed=request.speed,
    )
    yield from chunks


def _deliver(job: Job, writer: Writer, lease: Lease) -> None:
    """Settle what reached the client; leave a slow one to whoever sees the end of it."""
    if not writer.wait_closed(DELIVERY_WAIT_SECONDS):
        if not await_delivery(job, writer, lease.attempt):
            raise LeaseLost(str(job.id))
        if not writer.defer():
            return
    _settle_delivered(job, writer, lease.attempt)


def await_delivery(job: Job, writer: Writer, attempt: int) -> bool:
    """Keep a produced speech open for one more lease, noting how far its client is.

    The sweeper comes back when that has passed: who has taken nothing since is settled for what
    it has. So a client may be slow, and a web process that died keeps no money for long.
    """
    seconds = settings.JOB_LEASE_SECONDS
    noted = Job.objects.held_by(job.id, attempt).update(
        lease_until=timezone.now() + timedelta(seconds=seconds),
        audio_ms=writer.delivered_ms(),
        first_byte_at=job.first_byte_at,
    )
    if noted:
        wallet.extend(job_id=job.id, seconds=seconds + HOLD_MARGIN_SECONDS)
    return bool(noted)


def _settle_delivered(job: Job, writer: Writer, attempt: int) -> None:
    closed = writer.wait_closed(0)
    if not closed:
        writer.cut()
    whole = closed and not writer.cancelled()
    end = settlement.succeed if whole else settlement.cancel
    outcome = end(job, attempt, audio_ms=writer.delivered_ms(), first_byte_at=job.first_byte_at)
    writer.send(Finished(outcome.cost_micros, outcome.balance_micros))


def settle_delivered(job_id: uuid.UUID) -> None:
    """Settle a speech whose worker has left it, now that its client has or has not got it."""
    job = Job.objects.select_related("user").filter(pk=job_id, status=Job.Status.RUNNING).first()
    if job is None:
        return
    writer = channel.open_writer(job_id)
    if not writer.produced():
        return
    try:
        _settle_delivered(job, writer, job.attempt)
    except LeaseLost:
        log.info("job %s was settled already", job_id)


# --- transcription and translation ----------------------------------------------------------


def _transcribe(job: Job, writer: Writer, lease: Lease) -> None:
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
