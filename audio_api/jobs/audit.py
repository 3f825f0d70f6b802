"""What the audit of the ledger also asks of jobs: each one's state and its money agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from audio_api.models import Job, JobFile, UsageDay
from wallet.audit import CHECKS, Breach
from wallet.models import Hold

STUCK_AFTER = timedelta(seconds=60)
_PLACE = ("api_key_id", "kind", "voice_name")
_SUMS = ("requests", "failed", "cancelled", "audio_ms", "cost_micros")
_Place = tuple[Any, ...]
_Sums = tuple[Any, ...]


def register() -> None:
    """Add these checks to `manage.py audit_ledger`."""
    CHECKS.extend(
        [
            jobs_and_holds_agree,
            no_job_is_stuck,
            files_are_paid_for_and_erased,
            days_say_what_jobs_say,
        ]
    )


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


def files_are_paid_for_and_erased(user: User | None) -> Iterator[Breach]:
    """Outputs belong to jobs that succeeded, and nothing is kept longer than was promised."""
    late = timezone.now() - STUCK_AFTER - timedelta(seconds=2 * settings.SWEEP_SECONDS)
    all_files, all_jobs = JobFile.objects.select_related("job"), Job.objects.all()
    if user is not None:
        all_files, all_jobs = all_files.filter(job__user=user), all_jobs.for_user(user)
    is_unpaid = Q(role=JobFile.Role.OUTPUT) & ~Q(job__status=Job.Status.SUCCEEDED)
    is_forgotten = ~Q(job__status__in=Job.OPEN) & Q(job__kept_until=None)
    for file in all_files.filter(is_unpaid | is_forgotten).order_by("pk"):
        detail = f"its job {file.job.status}, kept until {file.job.kept_until}"
        yield Breach("job-file", f"{file} (row {file.pk})", detail)
    for job in all_jobs.filter(kept_until__lt=late).order_by("pk"):
        detail = f"kept until {job.kept_until:%Y-%m-%d %H:%M:%S}: does the sweeper run?"
        yield Breach("job-not-erased", f"job {job.pk}", detail)


def days_say_what_jobs_say(user: User | None) -> Iterator[Breach]:
    """Each day of usage is the sum of the jobs that ended on it, with what they cost."""
    accounts = User.objects.order_by("pk").values_list("pk", flat=True)
    for user_id in accounts.iterator() if user is None else [user.pk]:
        told, ended = _days_told(user_id), _days_of_jobs(user_id)
        for place in sorted(told.keys() | ended.keys(), key=str):
            if told.get(place) != ended.get(place):
                day, key, kind, voice = place
                where = f"{day}, key {key}, {kind} {voice}".rstrip()
                detail = f"{_spelt(told.get(place))}; its jobs: {_spelt(ended.get(place))}"
                yield Breach("usage-day", f"account {user_id} on {where}", detail)


def _days_told(user_id: int) -> dict[_Place, _Sums]:
    days = UsageDay.objects.filter(user_id=user_id, requests__gt=0).order_by()
    return {row[:4]: row[4:] for row in days.values_list("day", *_PLACE, *_SUMS)}


def _days_of_jobs(user_id: int) -> dict[_Place, _Sums]:
    ended = Job.objects.filter(user_id=user_id, finished_at__isnull=False).order_by()
    by_day = ended.annotate(day=TruncDate("finished_at", tzinfo=UTC)).values_list("day", *_PLACE)
    sums = by_day.annotate(
        ended=Count("pk"),
        failed=Count("pk", filter=Q(status=Job.Status.FAILED)),
        cancelled=Count("pk", filter=Q(status=Job.Status.CANCELLED)),
        all_audio_ms=Sum("audio_ms"),
        all_cost_micros=Sum("cost_micros"),
    )
    return {row[:4]: row[4:] for row in sums}


def _spelt(sums: _Sums | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(_SUMS, sums or (0,) * 5, strict=True))
