"""The card is charged when the balance is low, and never against the customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import User
from tests.wallet.auto_recharge.cast import later
from tests.wallet.billing_cast import (
    DOLLAR,
    charges,
    credits_of,
    make_order_old,
    paid_topup,
    spend,
    standing_order,
    webhooks_arrive,
)
from tests.wallet.cast import adjust, fund, money_of, take_hold
from wallet import auto_recharge, services
from wallet.audit import audit
from wallet.models import AutoRecharge, Topup, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


# --- when the balance is low --------------------------------------------------------------
def test_a_low_balance_is_charged_to_the_card_and_credited_by_the_webhook(stripe, user, order):
    assert auto_recharge.run_due() == 1

    assert charges(user) == [("processing", 2500)]
    assert money_of(user) == (4 * DOLLAR, 0), "nothing is credited before Stripe tells"
    (call,) = stripe.asked("charge_saved_card")
    topup = Topup.objects.get(user=user)
    assert call.args["key"] == f"topup:{topup.pk}"
    assert call.args["payment_method_id"] == order.payment_method_id

    webhooks_arrive(stripe)
    assert charges(user) == [("completed", 2500)]
    assert money_of(user) == (29 * DOLLAR, 0)
    assert audit().breaches == []


def test_a_balance_at_the_threshold_is_not_low(stripe, user, order):
    fund(user, DOLLAR)
    assert auto_recharge.run_due() == 0
    hold = take_hold(user, 1)
    assert auto_recharge.run_due() == 1, "what is held is not there to be spent"
    services.release(job_id=hold.job_id)


def test_one_charge_at_a_time(stripe, user, order):
    auto_recharge.run_due()
    assert auto_recharge.run_due(later(hours=2)) == 0
    assert len(stripe.asked("charge_saved_card")) == 1


def test_after_the_credit_the_next_fall_is_charged_again(stripe, user, order):
    auto_recharge.run_due()
    webhooks_arrive(stripe)
    assert auto_recharge.run_due() == 0
    spend(user, 25 * DOLLAR)
    assert auto_recharge.run_due() == 1
    webhooks_arrive(stripe)
    assert credits_of(user) == [25 * DOLLAR] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"is_enabled": False},
        {"state": AutoRecharge.State.DECLINED},
        {"state": AutoRecharge.State.NEEDS_AUTHENTICATION},
        {"livemode": True},
        {"next_try_at": datetime(2100, 1, 1, tzinfo=UTC)},
        {"threshold_micros": 4 * DOLLAR},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_order_that_does_not_hold_now_charges_nothing(stripe, user, order, change):
    AutoRecharge.objects.filter(pk=user.pk).update(**change)
    assert auto_recharge.run_due() == 0
    assert stripe.asked("charge_saved_card") == []


def test_nobody_is_charged_while_frozen_in_debt_or_switched_off(stripe, user, order):
    for row, change, back in [
        (Wallet.objects.filter(pk=user.pk), {"is_frozen": True}, {"is_frozen": False}),
        (User.objects.filter(pk=user.pk), {"is_active": False}, {"is_active": True}),
    ]:
        row.update(**change)
        assert auto_recharge.run_due() == 0
        row.update(**back)
    Wallet.objects.filter(pk=user.pk).update(held_micros=4 * DOLLAR, debt_micros=1)
    assert auto_recharge.run_due() == 0
    Wallet.objects.filter(pk=user.pk).update(held_micros=0, debt_micros=0)
    assert auto_recharge.run_due() == 1


def test_an_account_that_never_had_credit_is_charged_too(stripe, stranger):
    standing_order(stripe, stranger)
    assert auto_recharge.run_due() == 1


def test_without_a_payment_provider_nothing_is_done(stripe, user, order, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert auto_recharge.run_due() == 0
    assert charges(user) == []


def test_what_was_refunded_is_not_fetched_back_until_something_is_spent(stripe, user, order):
    adjust(user, -4 * DOLLAR)
    topup = paid_topup(user, cents=2500)
    spend(user, 10 * DOLLAR)
    services.book_refund(
        refund_id="re_1",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=1200,
        status="succeeded",
    )
    assert auto_recharge.run_due() == 0
    spend(user, 1)
    assert auto_recharge.run_due() == 1


def test_what_a_hold_gave_back_for_a_refund_is_not_fetched_back_either(stripe, user, order):
    adjust(user, -4 * DOLLAR)
    topup = paid_topup(user, cents=2500)
    held = take_hold(user, services.available(user))
    services.book_refund(
        refund_id="re_1",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=2500,
        status="succeeded",
    )
    services.release(job_id=held.job_id)
    assert services.balance(user).debt_micros == 0
    assert auto_recharge.run_due() == 0


def test_who_says_so_after_a_refund_is_charged(stripe, user, order):
    topup = paid_topup(user, cents=2500)
    services.book_refund(
        refund_id="re_1",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=2500,
        status="succeeded",
    )
    assert auto_recharge.run_due() == 0
    standing_order(stripe, user)
    assert auto_recharge.run_due() == 1


# --- the monthly cap ----------------------------------------------------------------------
def test_the_cap_of_the_month_ends_it_with_one_mail(stripe, user, order):
    for _ in range(4):
        assert auto_recharge.run_due() == 1
        webhooks_arrive(stripe)
        spend(user, 25 * DOLLAR)
    assert mail.outbox == []

    assert auto_recharge.run_due() == 0
    assert auto_recharge.run_due(later(seconds=30)) == 0

    assert len(charges(user)) == 4
    (letter,) = mail.outbox
    assert "$100.00" in letter.body


def test_a_new_month_begins_at_nothing(stripe, user, order):
    AutoRecharge.objects.filter(pk=user.pk).update(monthly_cap_cents=2500)
    november = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    make_order_old(user, days=1000)
    assert auto_recharge.run_due(november) == 1
    webhooks_arrive(stripe)
    spend(user, 25 * DOLLAR)

    assert auto_recharge.run_due(november + timedelta(seconds=59)) == 0
    waits_until = AutoRecharge.objects.get(pk=user.pk).next_try_at
    assert waits_until == datetime(2026, 12, 1, tzinfo=UTC)
    assert auto_recharge.run_due(waits_until) == 1


def test_a_charge_that_failed_does_not_count(stripe, user, order):
    AutoRecharge.objects.filter(pk=user.pk).update(monthly_cap_cents=2500)
    Topup.objects.create(user=user, kind="auto", status="failed", amount_cents=2500, livemode=False)
    assert auto_recharge.run_due() == 1
