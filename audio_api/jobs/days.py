"""The writer of `UsageDay`: a job that ends counts on the day on which it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, F

from audio_api.models import Job, UsageDay, UsageDayQuerySet
from audiopod.common.statements import Given, Update

MILLISECOND = timedelta(milliseconds=1)


def record(
    job: Job, status: Job.Status, *, audio_ms: int, cost_micros: int, finished_at: datetime
) -> None:
    """Count a job that has just ended. Part of the transaction that ends it, and the last lock
    that it takes: hold, wallet, budgets, day."""
    counts = {
        "requests": 1,
        "failed": int(status is Job.Status.FAILED),
        "cancelled": int(status is Job.Status.CANCELLED),
        "audio_ms": audio_ms,
        "cost_micros": cost_micros,
        "taken_ms": taken_ms(job.created_at, finished_at),
    }
    place = {
        "user_id": job.user_id,
        "day": finished_at.astimezone(UTC).date(),
        "api_key_id": job.api_key_id,
        "kind": job.kind,
        "voice_name": job.voice_name,
    }
    adding = _ADD[job.api_key_id is not None]
    if not adding.count(**place, **counts):
        # Another job of the same day may insert its row meanwhile: whoever does, both count in it.
        UsageDay.objects.bulk_create([UsageDay(**place)], ignore_conflicts=True)
        adding.count(**place, **counts)


def _to_add(*, has_key: bool) -> tuple[UsageDayQuerySet, dict[str, Any]]:
    day = UsageDay.objects.filter(
        user_id=Given("user_id", BigIntegerField()),
        day=Given("day", DateField()),
        api_key_id=Given("api_key_id", BigIntegerField()) if has_key else None,
        kind=Given("kind", CharField()),
        voice_name=Given("voice_name", CharField()),
    )
    counted = {name: F(name) + Given(name, BigIntegerField()) for name in UsageDay.COUNTED}
    return day, counted


_ADD = {has_key: Update(partial(_to_add, has_key=has_key)) for has_key in (False, True)}


def taken_ms(created_at: datetime, finished_at: datetime) -> int:
    """Whole milliseconds from the request to its end; never negative, whatever two clocks say."""
    return max(0, (finished_at - created_at) // MILLISECOND)
