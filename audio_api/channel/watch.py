"""A reader that hears nothing for a while looks at the row of its job.

What a worker or the sweeper sends at the end of a job can be lost with a Redis that goes away, and
a worker that was killed sends nothing. The row knows of both long before a silence is too long.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from audio_api.channel.base import ChannelBroken, ChannelSilent, Event, Failed, Reader
from audio_api.channel.outages import is_output
from audio_api.models import Job
from audiopod.common.threads import off_loop

RENEWALS = 6
"""How often a living worker renews a lease in the time that it lasts."""
MISSED = 2
"""So many renewals missed, and it is dead."""
LOOK_AT_EVERY = 3
"""Of the times that nothing came: crowds that wait for a worker ask seldom, the others at each."""
_LOST = "The answer to this request was lost on its way. Please send the request again."
_REFUSED = {"unspeakable_input": 400}
"""What is wrong with a request, by its code; everything else that ends a job is no fault of it."""


def silence_seconds(job: Job) -> float:
    """Longer than any living worker is silent: the sweeper speaks for the dead ones."""
    waits = (job.queue_deadline - job.created_at).total_seconds()
    return float(waits + 2 * settings.JOB_LEASE_SECONDS + 2 * settings.SWEEP_SECONDS)


async def events_of(job: Job, reader: Reader) -> AsyncGenerator[Event]:
    """What is sent for a job; `Failed` where nothing comes and its row says that nothing will.

    Two looks in a row must say so: the last event may be on its way, the worker about to renew its
    lease. A worker that was taken for lost may go on all the same: its client, which is told that
    it pays nothing, does not. Raises ChannelSilent.
    """
    has_begun, quiet, end = False, 0, None
    try:
        async for event in reader.events(silence_seconds=silence_seconds(job)):
            if event is not None:
                has_begun, quiet, end = has_begun or is_output(event), 0, None
                yield event
                continue
            quiet += 1
            if has_begun or end or quiet % LOOK_AT_EVERY == 0:
                suspected, end = end, await off_loop(_end_of)(job.id, has_begun)
                if suspected and end:
                    reader.forgive()
                    yield end
    except ChannelBroken:
        yield Failed(503, _LOST)
    except ChannelSilent:
        reader.forgive()
        raise


def _end_of(job_id: uuid.UUID, has_begun: bool) -> Failed | None:
    """How a job has ended, or that its worker is lost; None where nothing is wrong with it."""
    try:
        job = Job.objects.filter(pk=job_id).first()
    except (OperationalError, InterfaceError):
        return None
    if job is None:
        return Failed(503, "The account of this request was closed.")
    if job.is_over:
        status = _REFUSED.get(job.error_code, 503)
        return Failed(status, job.error_message or _LOST, job.error_code)
    # what nobody has heard yet can be made by another worker, as the sweeper will see to
    unrenewed = timedelta(seconds=settings.JOB_LEASE_SECONDS * (1 - MISSED / RENEWALS))
    if has_begun and job.lease_until and job.lease_until < timezone.now() + unrenewed:
        message = "The worker of this request was lost. You were not charged. Please try again."
        return Failed(503, message, "worker_lost")
    return None
