"""Refunds and disputes that no webhook told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.wallet.billing_cast import (
    DOLLAR,
    spend,
    webhooks_arrive,
)
from tests.wallet.cast import money_of
from tests.wallet.reconcile.cast import dispute, look, paid, refunded, said, unheard
from wallet import services
from wallet.audit import audit
from wallet.models import (
    Dispute,
    JournalEntry,
    Refund,
    Topup,
    Wallet,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


# --- refunds ------------------------------------------------------------------------------
def test_a_refund_that_no_webhook_told_of_is_booked_once(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refund_id = refunded(stripe, topup, 1000)
    for mended in (1, 0):
        report = look()
        assert len(report.mended) == mended
        assert report.is_whole
    refund = Refund.objects.get(pk=refund_id)
    assert (refund.actor, refund.reason) == ("reconciler", "a mistake")
    assert money_of(user) == (15 * DOLLAR, 0)
    assert audit().breaches == []


def test_who_refunded_is_known_though_no_webhook_told_of_it(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refund_id = refunded(stripe, topup, 1000, actor="user:7")
    look()
    assert Refund.objects.get(pk=refund_id).actor == "user:7"


def test_a_payment_and_its_refund_that_were_both_lost(stripe, user):
    topup = paid(stripe, user)
    unheard(stripe)
    refunded(stripe, topup)
    report = look()
    assert len(report.mended) == 2
    assert report.is_whole
    assert money_of(user) == (0, 0)
    assert JournalEntry.objects.count() == 2


def test_a_refund_of_an_old_payment_that_was_never_credited(stripe, user):
    topup = paid(stripe, user)
    unheard(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    stripe.intents[payment.id] = replace(payment, created=timezone.now() - timedelta(days=3))
    refunded(stripe, topup, 500)
    report = look()
    assert len(report.mended) == 2
    assert money_of(user) == (20 * DOLLAR, 0)
    assert [total.count for total in report.totals] == [0, 1, 0], "it sums up what is new"


def test_a_refund_that_failed_long_after_is_given_back(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refund_id = refunded(stripe, topup, status="pending")
    look()
    assert money_of(user) == (0, 0)

    long_ago = timezone.now() - timedelta(days=9)
    failed = replace(stripe.given_back[refund_id], status="failed", created=long_ago)
    stripe.given_back[refund_id] = failed
    Topup.objects.update(created_at=long_ago - timedelta(days=1))
    report = look()

    assert "failed refund" in said(report.mended)
    assert money_of(user) == (25 * DOLLAR, 0)
    assert look().mended == []


def test_a_refund_that_stripe_does_not_list_is_told(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    services.book_refund(
        refund_id="re_unknown",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=100,
        status="succeeded",
    )
    assert "re_unknown" in said(look().unexplained)


def test_a_refund_of_another_amount_is_told(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refund_id = refunded(stripe, topup, 1000)
    look()
    stripe.given_back[refund_id] = replace(stripe.given_back[refund_id], amount_cents=1100)
    report = look()
    assert "$11.00" in said(report.unexplained)
    assert money_of(user) == (15 * DOLLAR, 0)


# --- disputes -----------------------------------------------------------------------------
def test_a_dispute_that_no_webhook_told_of(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    stripe.quarrels["du_1"] = dispute(topup)

    report = look()
    assert report.is_whole, said(report.unexplained)
    assert Wallet.objects.get(pk=user.pk).is_frozen
    assert money_of(user) == (0, 0)
    (letter,) = mail.outbox
    assert "disputed" in letter.subject
    assert look().mended == []
    assert len(mail.outbox) == 1
    assert audit().breaches == []

    stripe.quarrels["du_1"] = dispute(topup, status="won", reinstated_cents=2500)
    assert look().is_whole
    assert not Wallet.objects.get(pk=user.pk).is_frozen
    assert money_of(user) == (25 * DOLLAR, 0)
    assert look().mended == []
    assert audit().breaches == []


def test_a_dispute_that_ends_months_later_is_still_looked_up(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    stripe.quarrels["du_1"] = dispute(topup)
    look()
    ages_ago = timezone.now() - timedelta(days=80)
    Topup.objects.update(created_at=ages_ago)
    stripe.quarrels["du_1"] = dispute(topup, status="lost", created=ages_ago)
    look()
    assert Dispute.objects.get().status == "lost"


def test_an_inquiry_moves_and_freezes_nothing(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    inquiry = dispute(topup, status="warning_needs_response", withdrawn_cents=0, fee_cents=0)
    stripe.quarrels["du_1"] = inquiry
    assert look().is_whole
    assert Dispute.objects.get().status == "warning_needs_response"
    assert not Wallet.objects.get(pk=user.pk).is_frozen
    assert money_of(user) == (25 * DOLLAR, 0)
    assert mail.outbox == []


def test_a_dispute_of_what_was_spent_becomes_debt(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    spend(user, 20 * DOLLAR)
    stripe.quarrels["du_1"] = dispute(topup, status="lost")
    report = look()
    assert report.is_whole, said(report.unexplained)
    assert Wallet.objects.get(pk=user.pk).debt_micros == 20 * DOLLAR
    assert look().mended == []


def test_a_dispute_of_more_than_is_left_sums_up(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refunded(stripe, topup, 1000)
    look()
    stripe.quarrels["du_1"] = dispute(topup)
    report = look()
    assert report.is_whole, said(report.unexplained)
    assert money_of(user) == (0, 0)
    assert report.totals[2].booked_micros == 15 * DOLLAR


def test_a_dispute_of_what_was_refunded_takes_nothing_twice(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    refunded(stripe, topup)
    look()
    stripe.quarrels["du_1"] = dispute(topup, fee_cents=0)
    look()
    report = look()
    assert report.mended == []
    assert money_of(user) == (0, 0)
    assert Wallet.objects.get(pk=user.pk).debt_micros == 0
