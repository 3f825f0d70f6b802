"""Rows that the database refuses, whatever the code above it does."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tests.wallet.cast import take_hold
from wallet.models import Hold, JournalEntry, Posting, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Wallet, {"held_micros": -1}),
        (Wallet, {"posted_micros": 5}),
        (Wallet, {"seq": -1}),
        (Hold, {"amount_micros": 0}),
        (Hold, {"settled_micros": 11, "state": "settled"}),
        (Hold, {"settled_micros": 5}),
        (Hold, {"state": "settled"}),
        (Hold, {"state": "nonsense"}),
        (Hold, {"state": "released"}),
        (Hold, {"closed_at": timezone.now()}),
    ],
)
def test_the_database_refuses_an_impossible_row(rich, model, columns):
    take_hold(rich, 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all().update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"account": "promo", "amount_micros": 0},
        {"account": "promo", "amount_micros": 1, "number": 1},
        {"account": "customer", "amount_micros": 1},
        {"account": "receivable", "amount_micros": 1},
        {"account": "promo", "amount_micros": 1, "wallet_seq": 9},
    ],
)
def test_the_database_refuses_an_impossible_posting(rich, columns):
    entry = JournalEntry.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(**({"entry": entry, "number": 3} | columns))


def test_the_database_refuses_a_second_posting_of_one_number(rich):
    entry = JournalEntry.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(
            entry=entry,
            number=3,
            account="customer",
            user=rich,
            amount_micros=1,
            wallet_seq=1,
            posted_after=1,
        )


@pytest.mark.parametrize(
    "columns", [{"kind": "settlement"}, {"kind": "grant"}, {"kind": "adjustment", "reason": ""}]
)
def test_the_database_refuses_an_impossible_entry(db, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.create(**({"idempotency_key": "x", "actor": "a"} | columns))


def test_an_account_with_a_past_is_not_deleted(rich):
    with pytest.raises(Exception, match="protected"):
        User.objects.get(pk=rich.pk).delete()
