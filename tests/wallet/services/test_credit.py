"""Money that comes in or is corrected: what is booked, and what is refused."""

from __future__ import annotations

import pytest

from tests.wallet.cast import adjust, fund, legs, money_of, take_hold
from wallet import services
from wallet.models import JournalEntry, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_an_account_begins_with_nothing(user):
    assert services.balance(user) == services.Balance()
    assert services.available(user) == 0
    assert not Wallet.objects.filter(user=user).exists()


def test_a_grant_moves_promo_money_to_the_customer(user):
    entry = services.grant(
        user=user, amount_micros=500, reason=" hello ", actor="user:7", idempotency_key="k"
    )

    assert (entry.kind, entry.reason, entry.actor) == ("grant", "hello", "user:7")
    assert legs(entry) == [("customer", user.pk, 500, 1, 500), ("promo", None, -500, None, None)]
    assert money_of(user) == (500, 0)


def test_a_grant_again_books_nothing(user):
    twice = [
        services.grant(user=user, amount_micros=5, reason="r", actor="a", idempotency_key="k")
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert money_of(user) == (5, 0)


@pytest.mark.parametrize("change", [{"amount_micros": 6}, {"reason": "another"}, {"user": None}])
def test_a_key_is_for_one_booking(user, stranger, change):
    given = {"user": user, "amount_micros": 5, "reason": "r", "actor": "a"}
    services.grant(**given, idempotency_key="k")
    with pytest.raises(services.IdempotencyConflict, match="'k'"):
        services.grant(
            **(given | change | ({"user": stranger} if "user" in change else {})),
            idempotency_key="k",
        )
    assert money_of(user) == (5, 0)
    assert money_of(stranger) == (0, 0)


def test_the_same_key_may_name_a_grant_and_an_adjustment(user):
    given = {"user": user, "amount_micros": 5, "reason": "r", "actor": "a"}
    assert services.grant(**given, idempotency_key="k") != services.adjust(
        **given, idempotency_key="k"
    )
    assert money_of(user) == (10, 0)


@pytest.mark.parametrize("amount", [0, -1, services.MAX_AMOUNT_MICROS + 1, 10**30])
def test_a_grant_is_positive_and_of_this_world(user, amount):
    with pytest.raises(ValueError, match="between 1 and"):
        fund(user, amount)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_grant_has_a_reason(user, reason):
    with pytest.raises(ValueError, match="reason"):
        services.grant(user=user, amount_micros=1, reason=reason, actor="a", idempotency_key="k")
    assert not JournalEntry.objects.exists()


def test_adjustments_go_up_and_down(rich):
    adjust(rich, 200)
    entry = adjust(rich, -1_000_000)
    assert legs(entry) == [
        ("customer", rich.pk, -1_000_000, 3, 200),
        ("promo", None, 1_000_000, None, None),
    ]
    assert money_of(rich) == (200, 0)


def test_an_adjustment_takes_no_more_than_is_available(rich):
    take_hold(rich, 400_000)
    with pytest.raises(services.InsufficientBalance) as refused:
        adjust(rich, -600_001)
    assert (refused.value.required_micros, refused.value.available_micros) == (600_001, 600_000)
    adjust(rich, -600_000)
    assert money_of(rich) == (400_000, 400_000)


def test_an_adjustment_of_an_empty_account_leaves_no_trace(user):
    with pytest.raises(services.InsufficientBalance):
        adjust(user, -1)
    assert not JournalEntry.objects.exists()
