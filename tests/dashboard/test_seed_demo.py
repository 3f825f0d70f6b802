"""The account to look at: as if it had happened, to the micro-dollar."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.services import find_api_key
from audio_api import registry
from audio_api.models import Job, UsageDay
from dashboard import sample
from wallet import services as wallet
from wallet.audit import audit
from wallet.models import Hold, JournalEntry, Posting, Spending, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db]

REQUESTS = 400


def seed(**options: Any) -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said, **{"requests": REQUESTS} | options)
    return said.getvalue()


@pytest.fixture
def dana() -> User:
    seed()
    return User.objects.get(email="demo-data@example.com")


def test_the_ledger_explains_all_of_it(dana: User) -> None:
    report = audit(dana)
    assert report.breaches == []
    assert audit().breaches == []
    assert report.entries == JournalEntry.objects.count() > REQUESTS * 0.9


def test_jobs_money_and_days_say_the_same(dana: User) -> None:
    jobs = Job.objects.for_user(dana).aggregate(cost=Sum("cost_micros"), ms=Sum("audio_ms"))
    days = UsageDay.objects.for_user(dana).aggregate(
        cost=Sum("cost_micros"), ms=Sum("audio_ms"), requests=Sum("requests")
    )
    assert days == jobs | {"requests": REQUESTS}
    assert jobs["cost"] == wallet.balance(dana).spent_micros > 0
    of_account = Spending.objects.filter(user=dana, api_key=None)
    assert of_account.aggregate(sum=Sum("spent_micros"))["sum"] == jobs["cost"]


def test_it_is_a_life_of_ninety_days(dana: User) -> None:
    moments = list(Job.objects.for_user(dana).values_list("created_at", flat=True))
    now = timezone.now()
    assert now - timedelta(days=91) < min(moments) < now - timedelta(days=80)
    assert now - timedelta(days=7) < max(moments) <= now
    weekdays = Counter(moment.astimezone(UTC).weekday() for moment in moments)
    assert weekdays[5] + weekdays[6] < sum(weekdays[day] for day in (1, 2))
    at_night = sum(1 for moment in moments if moment.astimezone(UTC).hour < 5)
    assert at_night < REQUESTS * 0.1


def test_there_is_one_of_every_kind(dana: User) -> None:
    jobs = Job.objects.for_user(dana)
    assert set(jobs.values_list("kind", flat=True)) == {
        service.kind for service in registry.services()
    }
    assert set(jobs.values_list("status", flat=True)) == {"succeeded", "failed", "cancelled"}
    assert jobs.filter(api_key=None).exists(), "the playground"
    keys = ApiKey.objects.for_user(dana)
    assert keys.count() == 6
    assert keys.filter(revoked_at__isnull=False).count() == 1
    assert keys.filter(expires_at__lt=timezone.now()).count() == 1
    assert keys.filter(monthly_limit_micros__isnull=False).count() == 1
    assert set(Topup.objects.for_user(dana).values_list("status", flat=True)) >= {
        "completed", "failed", "expired",
    }  # fmt: skip


def test_no_job_is_outside_the_life_of_its_key(dana: User) -> None:
    for job in Job.objects.for_user(dana).select_related("api_key"):
        assert job.finished_at is not None
        assert job.created_at < job.finished_at
        if job.api_key is not None:
            assert job.api_key.created_at <= job.created_at
            assert job.api_key.is_usable(job.created_at) or job.api_key.revoked_at is not None
            assert job.api_key.revoked_at is None or job.created_at <= job.api_key.revoked_at


def test_it_holds_nobodys_words(dana: User) -> None:
    for params in Job.objects.for_user(dana).values_list("params", flat=True):
        assert not {"text", "prompt", "keywords", "instructions"} & params.keys()


def test_the_same_seed_makes_the_same_account() -> None:
    def made(number: int) -> list[Any]:
        with transaction.atomic():
            seed(seed=number)
            jobs = Job.objects.order_by("id").values_list(
                "id", "kind", "status", "voice_name", "audio_ms", "cost_micros"
            )
            found = list(jobs)
            transaction.set_rollback(True)
        return found

    first = made(7)
    assert made(7) == first
    assert made(8) != first


def test_it_goes_on_like_any_other(dana: User) -> None:
    """The next posting of the wallet continues the numbers and the balance of the past."""
    before = wallet.balance(dana).posted_micros
    wallet.adjust(
        user=dana, amount_micros=-5, reason="test", actor="command:t", idempotency_key="a"
    )
    newest = Posting.objects.filter(user=dana).latest("wallet_seq")
    assert newest.posted_after == before - 5
    assert audit().breaches == []


def test_its_password_is_shown_once_and_works() -> None:
    said = seed(requests=3)
    password = said.rsplit(maxsplit=1)[-1]
    assert User.objects.get(email="demo-data@example.com").check_password(password)
    assert "opensesame" not in seed(requests=3, email="b@example.com", password="opensesame")


def test_an_account_is_not_seeded_twice(dana: User) -> None:
    with pytest.raises(CommandError, match="choose another address"):
        seed(email="Demo-Data@example.com")
    assert Job.objects.count() == REQUESTS


def test_a_wallet_with_a_past_gets_no_other(dana: User) -> None:
    with pytest.raises(ValueError, match="has a past already"):
        wallet.write_history(dana, grants=[], topups=[], charges=[])


def test_what_was_not_there_is_not_spent(db: None) -> None:
    user = User.objects.create_user("ada@example.com")
    now = timezone.now()
    grant = wallet.PastGrant(at=now, amount_micros=10, reason="late", actor="command:t")
    job = Job(user=user)
    charge = wallet.PastCharge(
        job_id=job.id, api_key=None, service="transcription", price_micros_per_minute=1,
        held_micros=5, cost_micros=5, billed_ms=300_000, request_id="r",
        created_at=now - timedelta(days=1), closed_at=now - timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(ValueError, match="more is spent than there is"):
        wallet.write_history(user, grants=[grant], topups=[], charges=[charge])
    assert not Hold.objects.exists()


def test_a_server_that_looks_real_is_asked_for(settings: Settings) -> None:
    settings.HTTPS, settings.PUBLIC_URL = True, "https://audio.example.com"
    with pytest.raises(CommandError, match="--yes"):
        seed(requests=3)
    assert not User.objects.exists()
    seed(requests=3, yes=True)
    assert User.objects.exists()


@pytest.mark.parametrize("requests", [0, 200_001])
def test_there_are_bounds(requests: int) -> None:
    with pytest.raises(CommandError, match="between 1 and 200,000"):
        seed(requests=requests)


def test_nobody_has_its_tokens(dana: User) -> None:
    assert find_api_key("ap_" + "0" * 37) is None
    assert sample.make(email="c@example.com", password=None, requests=1, seed=1).requests == 1
