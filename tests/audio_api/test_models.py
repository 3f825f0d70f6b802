"""Rows of jobs and of days."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import models

from accounts.models import User
from audio_api.models import Job, UsageDay
from wallet.models import Hold, JournalEntry, Posting, Spending

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


@pytest.mark.parametrize("model", [Job, UsageDay, Hold, JournalEntry, Posting, Spending])
def test_what_each_request_writes_has_no_twin_of_an_index(model: type[models.Model]) -> None:
    unique = [each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    begin = {each.fields[0] for each in [*model._meta.indexes, *unique] if each.condition is None}
    assert not [f.name for f in model._meta.local_fields if f.db_index and f.name in begin]


def test_a_renewed_lease_changes_no_index() -> None:
    """PostgreSQL then writes the row alone (a HOT update), and to none of twenty indexes."""
    assert not [index.name for index in Job._meta.indexes if "lease_until" in index.fields]
