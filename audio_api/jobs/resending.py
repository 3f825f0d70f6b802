"""Jobs whose message is lost are sent again.

Messages are lost with a Redis that kept nothing, with a worker that died over one, and when the
database was away for longer than a worker tries to claim. A message too many does no harm: a job is
claimed once.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from audio_api.jobs.lanes import enqueue
from audio_api.models import Job
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, messages

log = logging.getLogger(__name__)

BATCH_SIZE = 100
RESEND_AFTER = timedelta(seconds=5)
RESEND_AGAIN_SECONDS = 20
"""A job that was sent again is left alone for so long: its message may be at a busy worker, and
then the queue is not empty any more."""


def resend() -> int:
    """Send again what is lost. Returns how many jobs. A queue that is away is looked at the next
    time."""
    try:
        return sum(_resend(queue) for queue in (INTERACTIVE, BATCH, BACKGROUND))
    except Exception:  # whatever Redis raises
        log.exception("the queue cannot be looked at")
        return 0


def _resend(queue: str) -> int:
    jobs = [job for job in _lost(queue)[:BATCH_SIZE] if _may_be_sent(job)]
    for job in jobs:
        enqueue(job)
    return len(jobs)


def _lost(queue: str) -> QuerySet[Job]:
    """Queued jobs whose message is not in the queue, as it is empty or a later job runs already."""
    now = timezone.now()
    mine = Job.objects.open().filter(_of(queue))
    queued = mine.filter(
        status=Job.Status.QUEUED, created_at__lt=now - RESEND_AFTER, queue_deadline__gt=now
    ).order_by("created_at")
    if not queued.exists() or not messages(queue):
        return queued
    running = mine.filter(status=Job.Status.RUNNING).order_by("-created_at")
    newest = running.values_list("created_at", flat=True).first()
    return queued.filter(created_at__lt=newest) if newest else queued.none()


def _of(queue: str) -> Q:
    """The jobs of a lane, as `lanes.enqueue` sends them."""
    if queue == BACKGROUND:
        return Q(is_detached=True)
    is_long = Q(params__seconds__gt=settings.BATCH_FROM_SECONDS)
    is_short = Q(params__seconds__lte=settings.BATCH_FROM_SECONDS) | Q(params__seconds__isnull=True)
    return Q(is_detached=False) & (is_long if queue == BATCH else is_short)


def _may_be_sent(job: Job) -> bool:
    """Whether it has not been sent again a short time ago, by whichever process."""
    return bool(cache.add(f"resent:{job.id}", True, timeout=RESEND_AGAIN_SECONDS))
