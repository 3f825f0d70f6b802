"""A payment that no webhook told of is credited once; what does not fit is said, never credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.wallet.billing_cast import (
    DOLLAR,
    credits_of,
    make_old,
    webhooks_arrive,
)
from tests.wallet.cast import money_of
from tests.wallet.reconcile.cast import look, paid, said, unheard
from wallet import services
from wallet.audit import audit
from wallet.gateway import Payment
from wallet.models import (
    AutoRecharge,
    JournalEntry,
    Refund,
    StripeEvent,
    Topup,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("events_are_listed", [True, False])
def test_a_payment_that_no_webhook_told_of_is_credited_once(stripe, user, events_are_listed):
    topup = paid(stripe, user)
    if not events_are_listed:
        unheard(stripe)

    report = look()

    assert said(report.mended).startswith(f"payment {topup.payment_intent_id}: $25.00 credited")
    assert report.is_whole
    assert money_of(user) == (25 * DOLLAR, 0)
    entry = JournalEntry.objects.get(kind="topup")
    assert entry.actor == "reconciler"
    row = Topup.objects.get(pk=topup.pk)
    assert (row.status, row.paid_cents) == ("completed", 2500)
    assert row.receipt_url

    again = look()
    webhooks_arrive(stripe)
    assert again.mended == []
    assert again.is_whole
    assert credits_of(user) == [25 * DOLLAR]
    assert audit().breaches == []


def test_where_webhooks_arrive_there_is_nothing_to_mend(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    services.book_refund(
        refund_id=stripe.refund(
            payment_intent_id=topup.payment_intent_id,
            amount_cents=500,
            reason="",
            idempotency_key="1",
        ).id,
        payment_intent_id=topup.payment_intent_id,
        amount_cents=500,
        status="succeeded",
    )
    report = look()
    assert report.mended == report.unexplained == []
    assert [total.count for total in report.totals] == [1, 1, 0]
    assert [total.stripe_micros for total in report.totals] == [25 * DOLLAR, 5 * DOLLAR, 0]
    assert [total.booked_micros for total in report.totals] == [25 * DOLLAR, 5 * DOLLAR, 0]


def test_a_dry_run_only_tells(stripe, user):
    topup = paid(stripe, user)
    stripe.refund(
        payment_intent_id=topup.payment_intent_id,
        amount_cents=500,
        reason="",
        idempotency_key="1",
    )
    report = look(dry_run=True)
    assert not report.is_whole
    assert len(report.mended) == 2
    assert report.unexplained == []
    assert money_of(user) == (0, 0)
    assert StripeEvent.objects.count() == 0
    assert Topup.objects.get().status == "open"
    assert Refund.objects.count() == 0


def test_a_restored_backup_is_brought_up_to_date(stripe, user):
    """The attempts are there, everything that was booked later is not."""
    for cents in (500, 1000, 2000):
        paid(stripe, user, cents)
    unheard(stripe)
    Topup.objects.update(status="expired")
    look()
    assert sorted(credits_of(user)) == [5 * DOLLAR, 10 * DOLLAR, 20 * DOLLAR]


def test_payments_of_other_applications_are_none_of_our_business(stripe, user):
    theirs = Payment(
        id="pi_theirs",
        status="succeeded",
        amount_cents=700,
        amount_received_cents=700,
        currency="usd",
        livemode=False,
        metadata={"order": "7"},
        created=timezone.now(),
    )
    stripe.intents[theirs.id] = theirs
    stripe.refund(payment_intent_id=theirs.id, amount_cents=None, reason="", idempotency_key="r")
    report = look()
    assert report.is_whole
    assert [total.count for total in report.totals] == [0, 0, 0]


def test_a_payment_for_an_attempt_that_is_not_here_is_unexplained(stripe, user):
    topup = paid(stripe, user)
    unheard(stripe)
    Topup.objects.all().delete()
    report = look()
    assert str(topup.pk) in said(report.unexplained)
    assert "$25.00" in said(report.unexplained)
    assert not report.is_whole


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount_received_cents": 2400}, "is of $24.00"),
        ({"amount_received_cents": 2600}, "is of $26.00"),
        ({"currency": "eur"}, "is in eur"),
        ({"livemode": True}, "mixed up"),
        ({"metadata": {"account": "999"}}, "names account 999"),
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_payment_that_does_not_fit_is_never_credited(stripe, user, change, words):
    topup = paid(stripe, user)
    unheard(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    if "metadata" in change:
        change = {"metadata": {**payment.metadata, **change["metadata"]}}
    stripe.intents[payment.id] = replace(payment, **change)
    make_old(topup, hours=2)

    report = look()

    assert words in said(report.unexplained)
    assert credits_of(user) == []
    assert Topup.objects.get().status == "open"


def test_tax_is_not_credited(stripe, user):
    topup = paid(stripe, user)
    unheard(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    stripe.intents[payment.id] = replace(payment, amount_received_cents=2700)
    session = stripe.sessions[topup.session_id]
    stripe.sessions[session.id] = replace(session, amount_total_cents=2700)

    report = look()

    assert report.is_whole, said(report.unexplained)
    assert credits_of(user) == [25 * DOLLAR]
    assert report.totals[0].stripe_micros == 27 * DOLLAR
    assert report.totals[0].tax_micros == 2 * DOLLAR
    given = stripe.refund(
        payment_intent_id=payment.id, amount_cents=None, reason="", idempotency_key="r"
    )
    assert given.amount_cents == 2700
    report = look()
    assert report.is_whole, said(report.unexplained)
    assert money_of(user) == (0, 0)
    assert audit().breaches == []


@pytest.mark.parametrize("change", [{"amount_subtotal_cents": 2600}, {"payment_intent_id": "pi_x"}])
def test_what_is_not_tax_is_not_taken_for_it(stripe, user, change):
    topup = paid(stripe, user)
    unheard(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    stripe.intents[payment.id] = replace(payment, amount_received_cents=2700)
    session = stripe.sessions[topup.session_id]
    stripe.sessions[session.id] = replace(session, amount_total_cents=2700, **change)
    assert "is of $27.00" in said(look().unexplained)
    assert credits_of(user) == []


def test_an_attempt_that_was_paid_twice_is_told(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    first = stripe.intents[topup.payment_intent_id]
    stripe.intents["pi_again"] = replace(first, id="pi_again")
    report = look()
    assert "refund one of the two" in said(report.unexplained)
    assert credits_of(user) == [25 * DOLLAR]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "does not know"),
        ({"status": "canceled"}, "is canceled"),
        ({"amount_received_cents": 2499}, "is of $24.99"),
        ({"currency": "eur"}, "is in eur"),
    ],
    ids=str,
)
def test_a_credit_that_stripe_does_not_confirm_is_told(stripe, user, change, words):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    payment = stripe.intents.pop(topup.payment_intent_id)
    if change:
        stripe.intents[payment.id] = replace(payment, **change)
    report = look()
    assert words in said(report.unexplained)
    assert money_of(user) == (25 * DOLLAR, 0), "nothing is taken away unasked"


def test_a_late_credit_of_an_old_payment_is_compared_too(stripe, user):
    topup = paid(stripe, user)
    webhooks_arrive(stripe)
    payment = stripe.intents[topup.payment_intent_id]
    three_days_ago = timezone.now() - timedelta(days=3)
    stripe.intents[payment.id] = replace(payment, created=three_days_ago)
    assert look().is_whole
    stripe.intents[payment.id] = replace(
        payment, created=three_days_ago, amount_received_cents=2400
    )
    assert "is of $24.00" in said(look().unexplained)


def test_sums_that_differ_are_told(stripe, user):
    topup = paid(stripe, user)
    Topup.objects.filter(pk=topup.pk).update(amount_cents=2400)  # what nobody does
    services.complete_topup(
        topup_id=topup.pk, payment_intent_id=topup.payment_intent_id, paid_cents=2500
    )
    Topup.objects.filter(pk=topup.pk).update(amount_cents=2500)
    report = look()
    assert said(report.unexplained) == "sum of payments: Stripe and the ledger differ by $1.00"


def test_the_card_that_a_page_was_to_keep_is_kept(stripe, user):
    topup = paid(stripe, user, save_card=True)
    payment = stripe.intents[topup.payment_intent_id]
    session = {
        "id": topup.session_id,
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": payment.id,
        "amount_subtotal": 2500,
        "amount_total": 2500,
        "currency": "usd",
        "livemode": False,
        "client_reference_id": str(topup.pk),
        "metadata": dict(payment.metadata) | {"save_card": "yes"},
    }
    stripe.told.append(
        stripe.told[-1]
        | {"id": "evt_session", "type": "checkout.session.completed", "data": {"object": session}}
    )
    look()
    assert AutoRecharge.objects.get(pk=user.pk).payment_method_id == payment.payment_method_id
