"""Promo codes: once to an account, and so many times in all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.wallet.cast import legs, money_of, pay, refund, take_hold
from wallet import services
from wallet.models import PromoCode, PromoRedemption

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def promo(db: None) -> PromoCode:
    return PromoCode.objects.create(code="WELCOME-5", amount_micros=5_000_000, reason="Welcome")


def test_a_code_is_typed_in_any_case(user, promo):
    entry = services.redeem(user=user, code=" welcome-5 ")
    assert money_of(user) == (5_000_000, 0)
    assert (entry.kind, entry.reason, entry.actor) == ("promo", "Welcome", f"user:{user.pk}")
    assert legs(entry)[-1] == ("promo", None, -5_000_000, None, None)


def test_a_code_is_used_once_by_an_account(user, stranger, promo):
    services.redeem(user=user, code="WELCOME-5")
    with pytest.raises(services.PromoRefused, match="already"):
        services.redeem(user=user, code="WELCOME-5")
    services.redeem(user=stranger, code="WELCOME-5")
    promo.refresh_from_db()
    assert (money_of(user), promo.redeemed) == ((5_000_000, 0), 2)


def test_a_code_is_used_so_many_times_in_all(user, stranger, promo):
    PromoCode.objects.update(max_redemptions=1)
    services.redeem(user=user, code="WELCOME-5")
    with pytest.raises(services.PromoRefused, match="not valid any more"):
        services.redeem(user=stranger, code="WELCOME-5")
    with pytest.raises(IntegrityError), transaction.atomic():
        PromoCode.objects.update(redeemed=2)


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["switched off", "expired"],
)
def test_a_code_that_has_ended(user, promo, change):
    PromoCode.objects.update(**change)
    with pytest.raises(services.PromoRefused, match="not valid any more"):
        services.redeem(user=user, code="WELCOME-5")
    assert not PromoRedemption.objects.exists()


@pytest.mark.parametrize("code", ["", "WELCOME", "WELCOME-5x", "x" * 5_000, "\x00"])
def test_what_is_no_code(user, promo, code):
    with pytest.raises(services.PromoRefused, match="no such code"):
        services.redeem(user=user, code=code)


def test_a_code_pays_a_debt(user, promo):

    topup = pay(user, 1_000)
    services.settle(job_id=take_hold(user, 10_000_000).job_id, amount_micros=10_000_000)
    refund(topup, 1_000)
    services.redeem(user=user, code="WELCOME-5")
    assert services.balance(user).debt_micros == 5_000_000
