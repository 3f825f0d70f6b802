"""One attempt at a job: claimed, worked, ended, whatever happens."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, connection

from audio.engines import memory
from audio.engines.base import EngineError, UnspeakableText
from audio_api import channel, registry
from audio_api.channel import Failed, ReaderGone, Writer
from audio_api.jobs import settlement
from audio_api.jobs.attempt import run_detached
from audio_api.jobs.delivery import deliver
from audio_api.jobs.leases import Lease, LeaseLost
from audio_api.models import Job

log = logging.getLogger(__name__)

CLAIM_RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0)
LONG_SECONDS = 3.0
"""Of work, after which the memory it took is given back; a short sentence is not kept waiting."""
TOO_LONG = "time_limit_reached"
"""The error code of a job that has taken longer than JOB_TIME_LIMIT_SECONDS."""

_OUR_FAULT = "The server had an error while processing your request. You were not charged."


def run(job_id: uuid.UUID) -> None:
    """Do one job, if it is free. What goes wrong with it is the job's end, and is not raised."""
    attempt = _claimed(job_id)
    if attempt is None:
        log.info("job %s is not to be had", job_id)
        return
    job = Job.objects.select_related("user").get(pk=job_id)
    began = time.monotonic()
    with Lease(job_id, attempt, give_up=lambda: _give_up(job, attempt)) as held:
        if job.is_detached:
            run_detached(job, held)
        else:
            _attempt(job, channel.open_writer(job_id), held)
    if time.monotonic() - began > LONG_SECONDS:
        memory.give_back()


def _give_up(job: Job, attempt: int) -> None:
    """Fail a job that takes too long: a second attempt would take as long."""
    minutes = max(1, round(settings.JOB_TIME_LIMIT_SECONDS / 60))
    message = (
        f"This took longer than the {minutes} minutes that a request may take on this server."
        " You were not charged."
    )
    log.warning("job %s: attempt %d took too long", job.id, attempt)
    event = Failed(503, message, TOO_LONG)
    try:
        settlement.fail(job, attempt, code=event.code, message=event.message)
    except LeaseLost:
        return
    if not job.is_detached:
        _tell(job, channel.open_writer(job.id), event)


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
        if writer.cancelled() and not job.is_kept:
            raise ReaderGone
        if writer.produced():  # all was sent by a worker that died before it could be settled
            deliver(job, writer, lease)
            return
        if lease.attempt > 1 and writer.has_output():
            raise EngineError("the worker died after the first output had been sent")
        registry.get(job.kind).worker()(job, writer, lease)
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
    try:
        settlement.cancel(job, lease.attempt, audio_ms=writer.delivered_ms())
    except LeaseLost:
        log.warning("job %s: cancelled by its client, ended by others", job.id)


def _end_failed(job: Job, writer: Writer, lease: Lease, event: Failed) -> None:
    try:
        settlement.fail(job, lease.attempt, code=event.code, message=event.message)
    except LeaseLost:
        return
    except Exception:  # the database is away: the sweeper sees to it
        log.exception("job %s: its failure could not be written down", job.id)
    _tell(job, writer, event)


def _tell(job: Job, writer: Writer, event: Failed) -> None:
    try:
        writer.send(event)
    except Exception:
        log.exception("job %s: its client could not be told", job.id)
