"""The settlement of what is paid for by what its client took: a stream, and what sees its end."""

from __future__ import annotations

import logging
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


def deliver(job: Job, writer: Writer, lease: Lease) -> None:
    """Settle what reached the client; leave a slow client to the process that sees its end."""
    if not writer.wait_closed(DELIVERY_WAIT_SECONDS):
        if not await_delivery(job, writer, lease.attempt):
            raise LeaseLost(str(job.id))
        if not writer.defer():
            return
    _settle_delivered(job, writer, lease.attempt)


def await_delivery(job: Job, writer: Writer, attempt: int) -> bool:
    """Keep a produced speech open for one more lease, noting how far its client is.

    The sweeper comes back when that has passed: a client that has taken nothing since is
    settled for what it has. So a client may be slow, and a web process that died keeps no money
    for long.
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
