"""Statements that are built once say the same as those that are built each time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from audio_api.models import Job
from audiopod.common.statements import Given, Update, insert
from wallet.models import Hold, JournalEntry, Posting, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = timezone.now()
INTEGER, MOMENT, ID = models.BigIntegerField(), models.DateTimeField(), models.UUIDField()
RAISED = Update(
    lambda: (
        Hold.objects.filter(job_id=Given("job", ID), expires_at__lt=Given("now", MOMENT)),
        {
            "amount_micros": F("amount_micros") + Given("more", INTEGER),
            "expires_at": Given("now", MOMENT),
        },
    ),
    returning=["job_id", "amount_micros", "expires_at", "closed_at"],
)
SET = Update(
    lambda: (
        Wallet.objects.filter(pk=Given("user", INTEGER)),
        {"posted_micros": Given("to", INTEGER)},
    )
)


@pytest.fixture
def hold() -> Hold:
    user = User.objects.create_user("ada@example.com")
    Wallet.objects.create(user=user, posted_micros=100)
    past = timezone.now() - timedelta(seconds=5)
    return Hold.objects.create(user=user, job_id=uuid.uuid4(), amount_micros=10, expires_at=past)


def test_what_it_returns_is_what_the_model_has(hold: Hold) -> None:
    now = timezone.now()

    for more in (1, 20):
        rows = RAISED.rows(job=hold.job_id, now=now, more=more)
        now += timedelta(seconds=1)
        hold.refresh_from_db()
        assert rows == [[hold.job_id, hold.amount_micros, hold.expires_at, None]]

    assert hold.amount_micros == 31
    assert RAISED.rows(job=uuid.uuid4(), now=now, more=1) == []


def test_it_counts_and_is_one_statement(hold: Hold, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert SET.count(user=hold.user_id, to=7) == 1
        assert SET.count(user=0, to=7) == 0
    assert Wallet.objects.get().posted_micros == 7


def test_what_the_database_refuses_rolls_back_all_around_it(hold: Hold) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SET.count(user=hold.user_id, to=-1)
    with transaction.atomic():
        try:
            with transaction.atomic(savepoint=False):
                SET.count(user=hold.user_id, to=-1)
        except IntegrityError:
            assert transaction.get_rollback()


def test_rows_are_written_as_saving_them_would(hold: Hold, django_assert_num_queries: Any) -> None:
    entry = JournalEntry(kind="settlement", idempotency_key="key", hold=hold, actor="worker")
    legs = [
        Posting(number=1, account="revenue", amount_micros=7),
        Posting(
            number=2,
            account="customer",
            user_id=hold.user_id,
            amount_micros=-7,
            wallet_seq=1,
            posted_after=93,
        ),
    ]
    with transaction.atomic(), django_assert_num_queries(2):
        insert(entry)
        for leg in legs:
            leg.entry = entry
        insert(*legs)

    for row in (entry, *legs):
        assert not row._state.adding
        saved = type(row).objects.get(pk=row.pk)
        assert {f.attname: getattr(saved, f.attname) for f in row._meta.concrete_fields} == {
            f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields
        }


def test_what_a_row_has_of_json_comes_back(hold: Hold) -> None:
    params = {"text": "“ß”", "speed": 1.5, "list": [1, None]}
    now = timezone.now()
    job = Job(
        user_id=hold.user_id,
        kind="speech",
        params=params,
        queue_deadline=now,
        price_micros_per_minute=1,
        held_micros=1,
    )
    insert(job)
    job.status = "running"
    job.save()
    found = Job.objects.get()
    assert (found.pk, found.params, found.queue_deadline) == (job.pk, params, now)


def test_a_second_row_of_the_same_key_is_refused(hold: Hold) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Hold(user_id=hold.user_id, job_id=hold.job_id, amount_micros=1, expires_at=NOW))
    assert Hold.objects.count() == 1
