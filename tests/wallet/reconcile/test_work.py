"""Lost events, webhooks and reconcilers at once, and what is logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from tests.wallet.billing_cast import (
    DOLLAR,
    credits_of,
    webhooks_arrive,
)
from tests.wallet.cast import money_of
from tests.wallet.reconcile.cast import dispute, look, paid, refunded, said
from wallet import stripe_events
from wallet.audit import audit
from wallet.gateway import GatewayUnavailable
from wallet.models import (
    Refund,
    StripeEvent,
    Topup,
)
from wallet.reconcile import quietly, reconcile

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


# --- events -------------------------------------------------------------------------------
def test_events_that_were_lost_are_handled_and_only_those(stripe, user):
    paid(stripe, user, 500)
    webhooks_arrive(stripe)
    paid(stripe, user, 600)
    look()
    assert StripeEvent.objects.filter(status="handled").count() == 2
    assert set(StripeEvent.objects.values_list("deliveries", flat=True)) == {1}


def test_an_event_that_fails_again_is_told(stripe, user):
    topup = paid(stripe, user)
    event = stripe.told[-1]
    event["data"]["object"]["amount_received"] = 1
    event["data"]["object"]["currency"] = "eur"
    Topup.objects.filter(pk=topup.pk).update(kind="payment_intent")
    report = look()
    assert event["id"] in said(report.unexplained)
    assert StripeEvent.objects.get().status == "failed"


# --- at once ------------------------------------------------------------------------------
@pytest.mark.race
def test_webhooks_and_reconcilers_at_once_credit_once(stripe, user):
    made = [paid(stripe, user, cents) for cents in (500, 700, 900)]
    for topup in made:
        refunded(stripe, topup, 100)
    stripe.quarrels["du_1"] = dispute(made[0], withdrawn_cents=400, amount_cents=400)
    gate = Barrier(6)

    def reconciler() -> None:
        reconcile(since=timezone.now() - timedelta(hours=1))

    def webhook() -> None:
        for event in list(stripe.told):
            assert stripe_events.handle(event).is_settled

    def run(work) -> None:
        gate.wait()
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, [reconciler, webhook] * 3))

    assert sorted(credits_of(user)) == [5 * DOLLAR, 7 * DOLLAR, 9 * DOLLAR]
    assert money_of(user) == (14 * DOLLAR, 0)
    assert Refund.objects.count() == 3
    assert look().is_whole
    assert audit().breaches == []


def test_quietly_logs_what_was_mended_and_once_what_is_unexplained(stripe, user, caplog):
    topup = paid(stripe, user)
    since = timezone.now() - timedelta(hours=26)
    quietly(since=since)
    assert f"payment {topup.payment_intent_id}" in caplog.text
    stripe.intents.clear()
    caplog.clear()
    quietly(since=since)
    assert "does not know" in caplog.text
    caplog.clear()
    quietly(since=since)
    assert "does not know" not in caplog.text


def test_quietly_outlives_a_provider_that_does_not_answer(stripe, caplog):
    stripe.fail_next(GatewayUnavailable())
    quietly(since=timezone.now())
    assert "Not reconciled" in caplog.text
