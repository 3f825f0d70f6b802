"""The writer of `UsageDay`: a job that ends counts on the day on which it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import F

from audio_api.models import Job, UsageDay

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
    added = {name: F(name) + count for name, count in counts.items() if count}
    if not UsageDay.objects.filter(**place).update(**added):
        # Another job of the same day may insert its row meanwhile: whoever does, both count in it.
        UsageDay.objects.bulk_create([UsageDay(**place)], ignore_conflicts=True)
        UsageDay.objects.filter(**place).update(**added)


def taken_ms(created_at: datetime, finished_at: datetime) -> int:
    """Whole milliseconds from the request to its end; never negative, whatever two clocks say."""
    return max(0, (finished_at - created_at) // MILLISECOND)
