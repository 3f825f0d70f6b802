"""Money that goes back after it was spent is a debt, and the next money pays it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.wallet.cast import adjust, fund, legs, money_of, pay, refund, take_hold
from wallet import services
from wallet.models import JournalEntry, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def debt_of(user) -> int:
    return services.balance(user).debt_micros


@pytest.fixture
def debtor(user):
    """Has paid $10, spent $7, and got the $10 back: owes $7."""
    topup = pay(user, 1_000)
    services.settle(job_id=take_hold(user, 7_000_000).job_id, amount_micros=7_000_000)
    refund(topup, 1_000)
    return user


def test_what_was_spent_before_its_refund_is_owed(debtor):
    assert money_of(debtor) == (0, 0)
    assert debt_of(debtor) == 7_000_000
    entry = JournalEntry.objects.get(kind="refund")
    assert legs(entry) == [
        ("customer", debtor.pk, -3_000_000, 3, 0),
        ("receivable", debtor.pk, -7_000_000, None, None),
        ("stripe", None, 10_000_000, None, None),
    ]


def test_who_owes_cannot_spend(debtor):
    with pytest.raises(services.InsufficientBalance, match=r"Owed: \$7.00") as refused:
        take_hold(debtor, 1)
    assert refused.value.debt_micros == 7_000_000
    with pytest.raises(services.InsufficientBalance):
        services.require_funds(debtor, None)


def test_a_topup_pays_the_debt_first(debtor):
    pay(debtor, 500)
    assert (money_of(debtor), debt_of(debtor)) == ((0, 0), 2_000_000)
    topup = pay(debtor, 500)
    assert (money_of(debtor), debt_of(debtor)) == ((3_000_000, 0), 0)
    entry = JournalEntry.objects.get(idempotency_key=f"pi:{topup.payment_intent_id}")
    assert legs(entry) == [
        ("customer", debtor.pk, 3_000_000, 4, 3_000_000),
        ("receivable", debtor.pk, 2_000_000, None, None),
        ("stripe", None, -5_000_000, None, None),
    ]
    take_hold(debtor, 3_000_000)


def test_a_grant_pays_it_too_and_may_be_repeated(debtor):
    def give():
        return services.grant(
            user=debtor, amount_micros=1_000_000, reason="r", actor="a", idempotency_key="k"
        )

    assert give() == give()
    assert debt_of(debtor) == 6_000_000
    with pytest.raises(services.InsufficientBalance):
        adjust(debtor, -1)


def test_money_held_by_a_running_job_stays_held_and_pays_when_it_is_free(user):
    topup = pay(user, 1_000)
    running, other = take_hold(user, 6_000_000), take_hold(user, 1_000_000)
    refund(topup, 1_000)
    assert (money_of(user), debt_of(user)) == ((7_000_000, 7_000_000), 7_000_000)

    services.settle(job_id=running.job_id, amount_micros=4_000_000)
    assert (money_of(user), debt_of(user)) == ((1_000_000, 1_000_000), 5_000_000)

    services.release(job_id=other.job_id)
    assert (money_of(user), debt_of(user)) == ((0, 0), 4_000_000)
    assert JournalEntry.objects.filter(kind="collection").count() == 2


def test_a_hold_that_is_lowered_pays_too_and_again_when_it_closes(user):
    topup = pay(user, 1_000)
    running = take_hold(user, 10_000_000)
    refund(topup, 1_000)
    for left, owed in ((6_000_000, 6_000_000), (5_000_000, 5_000_000)):
        services.lower(job_id=running.job_id, amount_micros=left)
        assert (money_of(user), debt_of(user)) == ((left, left), owed)
    services.settle(job_id=running.job_id, amount_micros=2_000_000)
    assert (money_of(user), debt_of(user)) == ((0, 0), 2_000_000)
    assert JournalEntry.objects.filter(kind="collection").count() == 3


def test_what_is_free_beyond_the_debt_is_theirs(user):
    topup = pay(user, 1_000)
    held = take_hold(user, 9_000_000)
    refund(topup, 200)
    assert debt_of(user) == 1_000_000
    services.settle(job_id=held.job_id, amount_micros=2_000_000)
    assert (money_of(user), debt_of(user)) == ((6_000_000, 0), 0)


def test_the_database_refuses_who_owes_and_has_at_once(debtor):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(pk=debtor.pk).update(posted_micros=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(pk=debtor.pk).update(debt_micros=-1)


def test_a_balance_that_falls_below_its_warning_is_noted_once(user, settings):
    settings.LOW_BALANCE_MICROS = 1_000
    fund(user, 1_500)

    def low_since():
        return Wallet.objects.get(pk=user.pk).low_since

    def spend(micros):
        services.settle(job_id=take_hold(user, micros).job_id, amount_micros=micros)

    spend(500)
    assert low_since() is None
    spend(1)
    first = low_since()
    assert first is not None
    spend(1)
    assert low_since() == first
    fund(user, 1)
    assert low_since() == first
    fund(user, 1_000)
    assert low_since() is None
    adjust(user, -1_000)
    assert low_since() > first


def test_an_account_may_choose_its_warning(user, settings):
    settings.LOW_BALANCE_MICROS = 1_000
    user.warn_below_micros = 0
    user.save()
    fund(user, 10)
    services.settle(job_id=take_hold(user, 10).job_id, amount_micros=10)
    assert Wallet.objects.get(pk=user.pk).low_since is None
