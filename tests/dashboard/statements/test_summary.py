"""The sums of a month: they explain its balance, or there is no statement."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audiopod.common.months import Month, months_back
from dashboard import statements
from dashboard.statements.summary import summarize
from tests.clock import at
from tests.dashboard.statements.conftest import JOINED, History
from wallet import services, triggers
from wallet.audit import audit
from wallet.models import Hold, Posting, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)


def in_month(user: User, month: Month, account: str) -> list[Posting]:
    of_user = Posting.objects.filter(user=user, account=account).select_related("entry")
    return [leg for leg in of_user if month.start <= leg.entry.created_at < month.end]


def balance_at(user: User, moment: datetime, account: str = "customer") -> int:
    legs = Posting.objects.filter(user=user, account=account, entry__created_at__lt=moment)
    return sum(leg.amount_micros for leg in legs)


# --- any past -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(1, 6))]
)
def test_whatever_happened_the_months_explain_it(seed: int, ada: User, eve: User) -> None:
    # Given two accounts that lived through a quarter, with two keys and without one
    chance = random.Random(seed)
    for user in (ada, eve):
        keys = [create_api_key(user=user, name=name)[0] for name in ("Laptop", "Phone")]
        past = History(user)
        for key in [None, *keys]:
            past.key = key
            past.live(chance, steps=30)
    assert audit().breaches == []

    # When every month of one of them is summed up
    with at(JOINED + timedelta(days=200)):
        months = list(months_back(until=timezone.now(), since=JOINED))[::-1]
        found = [summarize(ada, month) for month in months]

    # Then each says what the ledger says, and goes on where the one before it ended
    opening, owed = 0, 0
    for month, statement in zip(months, found, strict=True):
        span = statement.span
        assert (span.opening_micros, statement.opening_debt_micros) == (opening, owed)
        opening, owed = span.closing_micros, statement.closing_debt_micros
        assert opening == balance_at(ada, month.end)
        assert owed == -balance_at(ada, month.end, "receivable")
        legs = in_month(ada, month, "customer")
        charged = [leg for leg in legs if leg.entry.kind == "settlement"]
        assert statement.charged_micros == -sum(leg.amount_micros for leg in charged)
        assert sum(charge.requests for charge in statement.charges) == len(charged)
        assert sum(key.requests for key in statement.keys) == len(charged)
        others = {leg.entry.kind for leg in legs} - {"settlement"}
        assert {movement.kind for movement in statement.movements} == others
        for movement in statement.movements:
            of_kind = [leg for leg in legs if leg.entry.kind == movement.kind]
            assert movement.count == len(of_kind)
            assert movement.micros == sum(leg.amount_micros for leg in of_kind)
    wallet = Wallet.objects.get(pk=ada.pk)
    assert (opening, owed) == (wallet.posted_micros, wallet.debt_micros)


def test_one_month_in_every_way_it_is_summed(history: History, ada: User) -> None:
    # Given $25, and a day later three requests by a key and one by a key that is gone
    history.grant(25_000_000)
    history.wait(days=1)
    history.spend(5_601)
    history.spend(60_000)
    history.wait(days=1)
    history.spend(1_000, kind="transcription")
    gone, _ = create_api_key(user=ada, name="Gone")
    history.key = gone
    history.spend(30_000, kind="translation")
    gone.delete()

    with at(history.now):
        statement = summarize(ada, AUGUST)

    assert statement.span.is_to_date
    assert [(c.name, c.requests, c.audio_ms, c.micros) for c in statement.charges] == [
        ("speech", 2, 65_601, 43_734),
        ("transcription", 1, 1_000, 667),
        ("translation", 1, 30_000, 20_000),
    ]
    key = history.user.api_keys.get(name="Laptop")
    assert [(k.name, k.requests, k.micros) for k in statement.keys] == [
        (f"Laptop ({key.masked})", 3, 44_401),
        ("no key", 1, 20_000),
    ]
    assert [(d.date.day, d.requests, d.charged_micros, d.other_micros) for d in statement.days] == [
        (20, 0, 0, 25_000_000),
        (21, 2, 43_734, 0),
        (22, 2, 20_667, 0),
    ]
    assert statement.span.closing_micros == 25_000_000 - 64_401
    assert not statement.has_debt


def test_a_charge_without_a_job_is_told_all_the_same(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(60_000).delete()

    statement = summarize(ada, AUGUST)

    told = [(c.name, c.requests, c.audio_ms, c.micros) for c in statement.charges]
    assert told == [("speech", 1, 60_000, 40_000)]


def test_a_charge_that_tells_no_service_comes_last(history: History, ada: User) -> None:
    history.grant(1_000_000)
    for _ in range(3):
        history.spend(60_000)
    first, second, _third = Hold.objects.order_by("created_at", "pk")
    Hold.objects.filter(pk=first.pk).update(service="", billed_ms=None)
    Hold.objects.filter(pk=second.pk).update(service="karaoke")

    statement = summarize(ada, AUGUST)

    told = [(c.name, c.requests, c.audio_ms, c.micros) for c in statement.charges]
    assert told == [
        ("speech", 1, 60_000, 40_000),
        ("karaoke", 1, 60_000, 40_000),
        ("other", 1, 0, 40_000),
    ]


def test_what_is_held_is_on_no_statement(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.begin(1_000)

    assert summarize(ada, AUGUST).span.closing_micros == 1_000_000


def test_a_debt_and_its_payment(history: History, ada: User) -> None:
    # Given $5 paid, of which $2 were spent before all of it was refunded
    payment = history.top_up(500)
    history.spend(3_000_000)
    history.refund(payment, 500)
    # When $3 come a month later
    history.now = datetime(2026, 9, 5, tzinfo=UTC)
    history.grant(3_000_000)

    with at(history.now):
        august, september = summarize(ada, AUGUST), summarize(ada, SEPTEMBER)

    assert [(m.kind, m.micros) for m in august.movements] == [
        ("topup", 5_000_000),
        ("refund", -3_000_000),
    ]
    assert [(m.kind, m.micros) for m in august.debts] == [("refund", -2_000_000)]
    assert (august.opening_debt_micros, august.closing_debt_micros) == (0, 2_000_000)
    assert [(m.kind, m.micros) for m in september.debts] == [("grant", 2_000_000)]
    assert (september.opening_debt_micros, september.closing_debt_micros) == (2_000_000, 0)
    assert (september.span.opening_micros, september.span.closing_micros) == (0, 1_000_000)


def test_a_month_in_which_nothing_happened(history: History, ada: User) -> None:
    history.grant(1_000_000)

    with at(datetime(2026, 11, 2, tzinfo=UTC)):
        october = summarize(ada, OCTOBER)

    assert not october.span.is_to_date
    assert (october.span.opening_micros, october.span.closing_micros) == (1_000_000, 1_000_000)
    assert october.movements == october.charges == october.days == []


def test_clocks_that_disagree_at_midnight_lose_nothing(history: History, ada: User) -> None:
    """Given a process whose clock is in September already books before one still in August."""
    history.now = SEPTEMBER.start + timedelta(milliseconds=20)
    history.grant(1_000_000)
    history.now = SEPTEMBER.start - timedelta(milliseconds=20)
    history.grant(500_000)
    history.now = SEPTEMBER.start + timedelta(days=1)
    history.spend(60_000)

    with at(history.now):
        august, september = summarize(ada, AUGUST), summarize(ada, SEPTEMBER)

    assert (august.span.opening_micros, august.span.closing_micros) == (0, 1_500_000)
    assert (september.span.opening_micros, september.span.closing_micros) == (
        1_500_000,
        1_460_000,
    )


# --- which months there are ---------------------------------------------------------------------
@pytest.mark.parametrize("month", [Month(2026, 7), Month(2026, 10)])
def test_no_month_before_the_account_or_to_come(month: Month, ada: User) -> None:
    with at(datetime(2026, 9, 30, 23, 59, tzinfo=UTC)), pytest.raises(statements.NoStatement):
        summarize(ada, month)


# --- what does not add up -----------------------------------------------------------------------
def test_a_wallet_that_its_postings_do_not_explain(history: History, ada: User) -> None:
    history.grant(1_000_000)
    Wallet.objects.filter(pk=ada.pk).update(posted_micros=1_000_001)

    with at(history.now), pytest.raises(statements.DoesNotAddUp, match="audit_ledger"):
        summarize(ada, AUGUST)


@pytest.mark.parametrize("column", ["amount_micros", "posted_after"])
def test_a_posting_that_was_tampered_with(column: str, history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(60_000)
    triggers.remove(connection)
    try:
        last = Posting.objects.filter(user=ada).order_by("-wallet_seq")[:1]
        Posting.objects.filter(pk__in=last.values("pk")).update(**{column: 7})
    finally:
        triggers.install(connection)

    with at(SEPTEMBER.end), pytest.raises(statements.DoesNotAddUp, match="movements and charges"):
        summarize(ada, AUGUST)


def test_a_debt_that_the_ledger_does_not_explain(history: History, ada: User) -> None:
    history.grant(1_000_000)
    services.adjust(
        user=ada, amount_micros=-1_000_000, reason="x", actor="command:test", idempotency_key="x"
    )
    Wallet.objects.filter(pk=ada.pk).update(debt_micros=5)

    with pytest.raises(statements.DoesNotAddUp, match="debt come to 0, not 5"):
        summarize(ada, Month.of(timezone.now()))
