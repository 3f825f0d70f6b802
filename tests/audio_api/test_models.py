"""Rows of jobs and of days."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import User
from audio_api.models import Job, UsageDay

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_a_kind_of_work_may_have_a_long_name() -> None:
    """PostgreSQL refuses what is longer than its column, and SQLite does not."""
    user = User.objects.create_user("ada@example.com")
    kind = "k" * 32
    Job.objects.create(
        user=user, kind=kind, queue_deadline=NOW, price_micros_per_minute=1, held_micros=1
    )
    UsageDay.objects.create(user=user, kind=kind, day=NOW.date())
    assert Job.objects.get().kind == UsageDay.objects.get().kind == kind
    for model in (Job, UsageDay):
        assert model._meta.get_field("kind").max_length == 32
