"""What becomes of a charge that is declined."""

from __future__ import annotations

import pytest
from django.core import mail

from tests.wallet.auto_recharge.cast import later, state_of
from tests.wallet.billing_cast import (
    DOLLAR,
    charges,
    make_old,
    make_order_old,
    spend,
    standing_order,
    webhooks_arrive,
)
from tests.wallet.cast import fund
from tests.wallet.gateway import events
from wallet import auto_recharge, services, stripe_events
from wallet.gateway import GatewayRefused
from wallet.models import AutoRecharge, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_three_declines_end_it_with_one_mail(stripe, user):
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_chargeCustomerFail")
    assert auto_recharge.run_due() == 1
    assert state_of(user) == ("active", 1)
    assert auto_recharge.run_due(later(minutes=59)) == 0

    assert auto_recharge.run_due(later(minutes=61)) == 1
    assert state_of(user) == ("active", 2)
    assert auto_recharge.run_due(later(hours=23)) == 0
    assert mail.outbox == []

    assert auto_recharge.run_due(later(hours=25)) == 1
    assert state_of(user) == ("declined", 3)
    assert auto_recharge.run_due(later(days=9)) == 0
    assert charges(user) == [("failed", 2500)] * 3
    (letter,) = mail.outbox
    assert letter.to == [user.email]
    assert "declined" in letter.body


def test_a_decline_that_the_webhook_tells_too_counts_once(stripe, user):
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_chargeDeclinedInsufficientFunds")
    auto_recharge.run_due()
    topup = Topup.objects.get(user=user)
    failed = events.intent(
        topup,
        status="requires_payment_method",
        amount_received=0,
        last_payment_error={"code": "card_declined", "decline_code": "insufficient_funds"},
    )
    for _ in range(2):
        stripe_events.handle(events.event("payment_intent.payment_failed", failed))
    assert state_of(user) == ("active", 1)
    assert "insufficient" not in Topup.objects.get(user=user).error


def test_a_success_forgets_the_declines(stripe, user, order):
    AutoRecharge.objects.filter(pk=user.pk).update(failures=2)
    auto_recharge.run_due()
    webhooks_arrive(stripe)
    assert state_of(user) == ("active", 0)
    assert AutoRecharge.objects.get(pk=user.pk).next_try_at is None


def test_a_success_between_declines_begins_the_count_anew(stripe, user, order):
    make_order_old(user, days=9)
    for status, age in [("failed", 8), ("failed", 7), ("completed", 6)]:
        topup = Topup.objects.create(user=user, kind="auto", amount_cents=100, livemode=False)
        make_old(topup, days=age)
        if status == "completed":
            services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_6", paid_cents=100)
        else:
            services.mark_topup(topup_id=topup.pk, status=Topup.Status.FAILED)
    spend(user, 2 * DOLLAR)
    stripe.fail_next(GatewayRefused("No such card.", "resource_missing"))
    auto_recharge.run_due()
    assert state_of(user) == ("active", 1)


def test_a_bank_that_wants_to_ask_pauses_it_with_a_mail(stripe, user):
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    auto_recharge.run_due()

    assert state_of(user) == ("needs_authentication", 1)
    assert charges(user) == [("failed", 2500)]
    told_again = Topup.objects.get(user=user), "authentication_required", "The bank asks."
    auto_recharge.payment_failed(*told_again)
    (letter,) = mail.outbox
    assert "/dashboard/wallet/" in letter.body
    assert auto_recharge.run_due(later(days=9)) == 0


def test_a_charge_that_is_paid_after_all_is_credited(stripe, user):
    """The bank asked the customer, who said yes elsewhere."""
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    auto_recharge.run_due()
    topup = Topup.objects.get(user=user)

    receipt = stripe_events.handle(events.event("payment_intent.succeeded", events.intent(topup)))

    assert receipt.is_settled
    assert charges(user) == [("completed", 2500)]
    assert state_of(user) == ("active", 0)


def test_a_mail_that_cannot_be_sent_breaks_nothing(stripe, user, settings):
    settings.EMAIL_BACKEND = "tests.wallet.test_mails.BrokenBackend"
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    auto_recharge.run_due()
    assert state_of(user) == ("needs_authentication", 1)
