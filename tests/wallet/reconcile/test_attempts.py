"""Attempts that came to nothing, and charges whose answer was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.wallet.billing_cast import (
    CENT,
    DOLLAR,
    charges,
    make_old,
    make_order_old,
    standing_order,
)
from tests.wallet.cast import fund, money_of
from tests.wallet.reconcile.cast import look, paid, said, unheard
from wallet import auto_recharge, topups
from wallet.gateway import GatewayUnavailable
from wallet.models import (
    AutoRecharge,
    Topup,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


# --- attempts that came to nothing --------------------------------------------------------
def test_a_young_attempt_is_left_alone(stripe, user):
    topup = topups.start_checkout(user, 500)
    stripe.expire_checkout(topup.session_id)
    look()
    assert Topup.objects.get().status == "open"
    make_old(topup, minutes=16)
    look()
    assert Topup.objects.get().status == "expired"


def test_a_page_that_is_still_open_is_left_alone(stripe, user):
    make_old(topups.start_checkout(user, 500), minutes=50)
    report = look()
    assert report.mended == []
    assert Topup.objects.get().status == "open"


def test_a_page_that_stripe_has_forgotten_is_over(stripe, user):
    topup = topups.start_checkout(user, 500)
    stripe.sessions.clear()
    make_old(topup, hours=2)
    look()
    assert Topup.objects.get().status == "expired"


@pytest.mark.parametrize(
    ("payment_status", "status"),
    [
        ("succeeded", "completed"),
        ("processing", "processing"),
        ("canceled", "failed"),
        ("requires_payment_method", "failed"),
    ],
)
def test_a_bank_that_pays_later_or_never(stripe, user, payment_status, status):
    topup = paid(stripe, user)
    unheard(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    received = 2500 if payment_status == "succeeded" else 0
    a_week_ago = timezone.now() - timedelta(days=7)
    stripe.intents[payment.id] = replace(
        payment, status=payment_status, amount_received_cents=received, created=a_week_ago
    )
    make_old(topup, days=7)
    look()
    assert Topup.objects.get().status == status
    assert look().mended == []


def test_a_payment_in_the_clients_own_page(stripe, user):
    """Abandoned, it expires; paid nevertheless, it is credited."""
    topup, _secret = topups.start_payment(user, 500)
    make_old(topup, minutes=20)
    assert look().is_whole, "nobody has to explain a payment that is not made yet"
    assert Topup.objects.get().status == "open"
    Topup.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    look()
    assert Topup.objects.get().status == "expired"

    payment = stripe.intents[topup.payment_intent_id]
    stripe.intents[payment.id] = replace(payment, status="succeeded", amount_received_cents=500)
    look()
    assert money_of(user) == (500 * CENT, 0)


def test_an_attempt_that_stripe_never_heard_of_ends_with_its_time(stripe, user):
    stripe.ensure_customer(user)
    stripe.fail_next(GatewayUnavailable())
    with pytest.raises(GatewayUnavailable):
        topups.start_checkout(user, 500)
    topup = make_old(Topup.objects.get(), minutes=50)
    look()
    assert Topup.objects.get().status == "created"
    Topup.objects.filter(pk=topup.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    report = look()
    assert Topup.objects.get().status == "failed"
    assert report.is_whole


# --- auto-recharge ------------------------------------------------------------------------
def test_a_charge_whose_answer_and_webhook_were_lost_is_credited(stripe, user):
    fund(user, DOLLAR)
    standing_order(stripe, user)
    AutoRecharge.objects.filter(pk=user.pk).update(failures=1)
    stripe.fail_next(GatewayUnavailable(), after=True)
    auto_recharge.run_due()
    unheard(stripe)
    assert charges(user) == [("created", 2500)]

    assert look().is_whole
    assert charges(user) == [("completed", 2500)]
    assert money_of(user) == (26 * DOLLAR, 0)
    assert AutoRecharge.objects.get(pk=user.pk).failures == 0


def test_a_decline_whose_answer_and_webhook_were_lost_is_counted(stripe, user):
    fund(user, DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    make_order_old(user, days=1)
    stripe.fail_next(GatewayUnavailable(), after=True)
    auto_recharge.run_due()
    make_old(Topup.objects.get(), minutes=20)

    report = look()

    assert "auto-recharge" in said(report.mended)
    assert charges(user) == [("failed", 2500)]
    assert AutoRecharge.objects.get(pk=user.pk).state == "needs_authentication"
    assert len(mail.outbox) == 1
    assert look().mended == []


@pytest.mark.parametrize("what", ["is wanted", "too old", "switched off", "just switched off"])
def test_a_charge_that_stripe_never_heard_of(stripe, user, what):
    """It ends when nobody will ask for it again, and only then."""
    fund(user, DOLLAR)
    standing_order(stripe, user)
    make_order_old(user, days=2)
    stripe.fail_next(GatewayUnavailable())
    auto_recharge.run_due()
    make_old(Topup.objects.get(), hours=25 if what == "too old" else 1)
    if what == "switched off":
        AutoRecharge.objects.filter(pk=user.pk).update(is_enabled=False)
    if what == "just switched off":
        AutoRecharge.objects.filter(pk=user.pk).update(is_enabled=False, updated_at=timezone.now())
    look()
    ended = what in ("too old", "switched off")
    assert charges(user) == [("failed" if ended else "created", 2500)]
    assert AutoRecharge.objects.get(pk=user.pk).failures == 0, "the card is not to blame"
