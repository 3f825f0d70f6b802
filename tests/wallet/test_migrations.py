"""What migrations make of the rows that they find."""

from __future__ import annotations

import uuid
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.wallet.cast import take_hold
from wallet import services
from wallet.audit import audit
from wallet.models import Hold, JournalEntry, Rate

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PRICE_LIST = import_module("wallet.migrations.0008_price_list")
FROM_REASONS = import_module("wallet.migrations.0010_holds_from_reasons")


def fill() -> None:
    FROM_REASONS.fill(apps, SimpleNamespace(connection=connection))


def settled(user: User, micros: int, reason: str) -> uuid.UUID:
    job = take_hold(user, micros).job_id
    services.settle(job_id=job, amount_micros=micros, reason=reason)
    return job


def told(job: uuid.UUID) -> tuple[str, int | None, int | None]:
    hold = Hold.objects.get(job_id=job)
    return hold.service, hold.billed_ms, hold.price_micros_per_minute


@pytest.mark.parametrize(
    ("reason", "micros", "columns"),
    [
        ("speech: 5.601 s at $0.04 a minute", 3_734, ("text_to_speech", 5_601, 40_000)),
        ("Sprachausgabe: 5.601 s at $0.04 a minute", 3_734, ("text_to_speech", 5_601, 40_000)),
        ("transcription: 60.000 s at $0.0125 a minute", 12_500, ("transcription", 60_000, 12_500)),
        ("translation: 0.001 s at $1,250.00 a minute", 20_834, ("translation", 1, 1_250_000_000)),
    ],
)
def test_a_hold_gets_what_the_words_of_its_settlement_tell(
    rich: User, reason: str, micros: int, columns: tuple[str, int, int]
) -> None:
    job = settled(rich, micros, reason)

    fill()

    assert told(job) == columns
    assert JournalEntry.objects.get(hold__job_id=job).reason == reason
    assert audit().breaches == []


@pytest.mark.parametrize(
    "reason",
    ["", "a test", "music: 5.601 s at $0.04 a minute", "speech: 5.601 s at $0.04 a minute, twice"],
)
def test_other_words_tell_nothing(rich: User, reason: str) -> None:
    job = settled(rich, 10, reason)
    fill()
    assert told(job) == ("", None, None)


def test_every_batch_is_filled_once(rich: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FROM_REASONS, "ROWS_AT_ONCE", 2)
    jobs = [settled(rich, n, f"speech: 0.{60 * n:03d} s at $0.001 a minute") for n in range(1, 8)]
    is_open = take_hold(rich, 5).job_id

    fill()
    Hold.objects.filter(job_id=jobs[0]).update(billed_ms=59)
    fill()

    assert [told(job) for job in jobs] == [
        ("text_to_speech", 60 * n - (n == 1), 1_000) for n in range(1, 8)
    ]
    assert told(is_open) == ("", None, None)


def test_the_price_list_leaves_alone_what_has_a_price() -> None:
    Rate.objects.all().delete()
    ours = timezone.now() - timedelta(days=3)
    for service, mode in (("text_to_speech", ""), ("denoise", "ultra")):
        Rate.objects.create(
            service_type=service, mode=mode, price_micros_per_minute=7, effective_from=ours
        )

    for _ in range(2):
        PRICE_LIST.seed(apps, None)

    rows = {(r.service_type, r.mode): r for r in Rate.objects.all()}
    assert len(rows) == Rate.objects.count() == len(PRICE_LIST.PRICES)
    assert rows["text_to_speech", ""].price_micros_per_minute == 7
    assert rows["text_to_speech", ""].basis == "output"
    assert rows["denoise", "ultra"].price_micros_per_minute == 7
    assert rows["denoise", "studio"].price_micros_per_minute == 40_000
    assert rows["music_generation", ""].basis == "output"
