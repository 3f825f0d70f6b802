"""The settlement of what is paid for by what has arrived at its client, and what sees its end."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from audio_api import channel
from audio_api.channel import Finished, Writer
from audio_api.jobs import settlement
from audio_api.jobs.leases import HOLD_MARGIN_SECONDS, Lease, LeaseLost
from audio_api.models import Job
from wallet import services as wallet

log = logging.getLogger(__name__)

DELIVERY_WAIT_SECONDS = 2.0
"""How long a worker waits for its last audio to reach a client before it leaves that to others."""
SIGN_OF_LIFE_SECONDS = 5.0
"""How long a web process is waited for that seems to be dead: one that lives says so every two, and
a Redis that was away has forgotten it."""


def deliver(job: Job, writer: Writer, lease: Lease) -> None:
    """Settle what reached the client; leave a slow client to the process that sees its end."""
    if not writer.wait_closed(DELIVERY_WAIT_SECONDS):
        if not await_delivery(job, writer, lease.attempt):
            raise LeaseLost(str(job.id))
        if not writer.defer():
            return
    _settle_delivered(job, writer, lease.attempt)


def await_delivery(job: Job, writer: Writer, attempt: int) -> bool:
    """Keep what is produced open for STALLED_CLIENT_SECONDS, noting how far its client is.

    The sweeper comes back when that has passed: a client that has taken nothing since is
    settled for what it has. So a client may be slow, and a web process that died keeps no money
    for long.
    """
    seconds = settings.STALLED_CLIENT_SECONDS
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


def settle_deserted() -> int:
    """Settle what waits for clients whose web process has died for what they have; how many."""
    running = Job.objects.with_status(Job.Status.RUNNING).filter(is_detached=False)
    suspected = [
        job_id
        for job_id in running.values_list("pk", flat=True)
        if _is_deserted(channel.open_writer(job_id))
    ]
    until = time.monotonic() + SIGN_OF_LIFE_SECONDS  # for all of them together
    deserted = [
        job_id
        for job_id in suspected
        if _is_deserted(channel.open_writer(job_id), wait_seconds=until - time.monotonic())
    ]
    for job_id in deserted:
        settle_delivered(job_id)
    return len(deserted)


def _is_deserted(writer: Writer, *, wait_seconds: float = 0.0) -> bool:
    return (
        writer.produced()
        and not writer.listened(wait_seconds=wait_seconds)
        and not writer.wait_closed(0)
    )


def settle_delivered(job_id: uuid.UUID) -> None:
    """Settle what a worker has left to its reader, now that its client has or has not got it."""
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
