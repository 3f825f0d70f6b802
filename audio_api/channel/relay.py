"""What every relay does with its channel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from django.conf import settings

from audio_api.channel import Failed, Reader
from audio_api.models import Job
from audiopod.common.problem import SERVER_ERROR, Problem, unavailable
from audiopod.common.threads import off_loop

NOT_BUFFERED = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
"""Headers of a response that has to leave as it is made."""


LOOP_TURNS = 8
"""From a connection's end to the cancellation of what is sent over it; four were counted."""


def nobody_answered() -> Problem:
    return unavailable("No worker answered in time.")


def problem_of(event: Failed) -> Problem:
    if event.status >= 500:
        return Problem(event.message, status=event.status, type=SERVER_ERROR)
    return Problem(event.message, status=event.status, code=event.code, param="input")


def silence_seconds(job: Job) -> float:
    """Longer than any living worker is silent: the sweeper speaks for the dead ones."""
    waits = (job.queue_deadline - job.created_at).total_seconds()
    return float(waits + 2 * settings.JOB_LEASE_SECONDS + 2 * settings.SWEEP_SECONDS)


async def closed(
    job_id: uuid.UUID, reader: Reader, *, cancelled: bool, settle: Callable[[str], object]
) -> None:
    """Close the channel even while this request is being cancelled.

    settle: asks for the settlement of a job, by its id, whose worker has left that to the reader.
    """
    await asyncio.shield(_close(job_id, reader, cancelled, settle))


async def _close(
    job_id: uuid.UUID, reader: Reader, cancelled: bool, settle: Callable[[str], object]
) -> None:
    if await reader.close(cancelled=cancelled):
        await off_loop(settle)(str(job_id))


async def departure_is_known() -> None:
    """Give the event loop the turns that it needs to cancel this when the client has left.

    To send to a connection that is gone succeeds at once: without this, before each piece,
    everything that waits would count as sent before anybody could say otherwise.
    """
    for _ in range(LOOP_TURNS):
        await asyncio.sleep(0)
