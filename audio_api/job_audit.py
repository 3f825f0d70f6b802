"""What the audit of the ledger also asks of jobs: each one's state and its money agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from audio_api.models import Job
from wallet.audit import CHECKS, Breach
from wallet.models import Hold

STUCK_AFTER = timedelta(seconds=60)


def register() -> None:
    """Add these checks to `manage.py audit_ledger`."""
    CHECKS.extend([jobs_and_holds_agree, no_job_is_stuck])


def jobs_and_holds_agree(user: User | None) -> Iterator[Breach]:
    """A job's cost is what its hold was settled for; an open job has an open hold."""
    hold = Hold.objects.filter(job_id=OuterRef("pk"))
    jobs = Job.objects.all() if user is None else Job.objects.for_user(user)
    seen: QuerySet[Any] = jobs.annotate(
        hold_state=Subquery(hold.values("state")[:1]),
        hold_micros=Subquery(hold.values("amount_micros")[:1]),
        settled_micros=Subquery(hold.values("settled_micros")[:1]),
    )
    is_open = Q(status__in=Job.OPEN, hold_state=Hold.State.OPEN)
    is_over = ~Q(status__in=Job.OPEN) & ~Q(hold_state=Hold.State.OPEN)
    agree = Q(hold_micros=F("held_micros"), settled_micros=F("cost_micros")) & (is_open | is_over)
    for job in seen.exclude(Q(hold_state__isnull=False) & agree).order_by("pk"):
        detail = (
            f"{job.status}, held {job.held_micros}, cost {job.cost_micros}; its hold:"
            f" {job.hold_state or 'none'}, {job.hold_micros}, settled {job.settled_micros}"
        )
        yield Breach("job-hold", f"job {job.pk}", detail)


def no_job_is_stuck(user: User | None) -> Iterator[Breach]:
    """No job is past its lease or its place in the queue for longer than sweeps take."""
    late = timezone.now() - STUCK_AFTER - timedelta(seconds=2 * settings.SWEEP_SECONDS)
    jobs = Job.objects.abandoned(late)
    for job in jobs if user is None else jobs.filter(user=user):
        detail = f"{job.status}, lease until {job.lease_until}, queued until {job.queue_deadline}"
        yield Breach("job-stuck", f"job {job.pk}", detail)
