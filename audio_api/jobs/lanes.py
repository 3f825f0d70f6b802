"""Which queue a job goes to, and how long it may wait there."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from audio_api.jobs import tasks
from audio_api.models import Job

SOURCES = "jobs"
"""The folder of the storage that holds decoded uploads while their jobs are open."""


def is_batch(*, seconds: float) -> bool:
    """Whether so many seconds of input are long work, which must not block a short sentence."""
    return seconds > float(settings.BATCH_FROM_SECONDS)


NO_DEADLINE = timedelta(days=3650)
"""Of a job that no client waits for: it waits in its lane as long as it must."""


def patience(*, batch: bool) -> timedelta:
    """How long a job may wait for a worker."""
    seconds = settings.BATCH_WAIT_SECONDS if batch else settings.QUEUE_WAIT_SECONDS
    return timedelta(seconds=seconds)


def enqueue(job: Job) -> None:
    """Hand a committed job to the workers. Raises what the broker raises."""
    if job.is_detached:
        tasks.run_detached.send(str(job.id))
        return
    batch = is_batch(seconds=job.params.get("seconds", 0))
    actor = tasks.run_batch if batch else tasks.run_interactive
    actor.send(str(job.id))
