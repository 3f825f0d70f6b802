"""The same news from many sides at once, with real connections and real commits."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, NOTHING, paid
from wallet.audit import audit
from wallet.models import JournalEntry, StripeEvent
from wallet.stripe_events import handle

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True), pytest.mark.race]


def deliver_at_once(told):
    """What became of each event, all delivered together in threads of their own."""
    gate = threading.Barrier(len(told))

    def deliver(event):
        gate.wait()
        try:
            return handle(event)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(told)) as pool:
        return list(pool.map(deliver, told))


def test_twins_of_one_event(topup, user):
    told = events.event("checkout.session.completed", events.session(topup))
    receipts = deliver_at_once([told] * 8)
    assert {receipt.http_status for receipt in receipts} == {200}
    outcomes = Counter(receipt.outcome.split(" by entry")[0] for receipt in receipts)
    assert outcomes == {"credited": 1, "duplicate": 7}
    assert StripeEvent.objects.get().deliveries == 8
    assert money_of(user) == CREDITED


def test_all_events_of_one_payment(topup, user):
    kinds = {
        "checkout.session.completed": events.session(topup),
        "checkout.session.async_payment_succeeded": events.session(topup),
        "payment_intent.succeeded": events.intent(topup),
        "charge.succeeded": events.charge(topup),
    }
    told = [events.event(kind, thing) for kind, thing in kinds.items()] * 2
    assert {receipt.http_status for receipt in deliver_at_once(told)} == {200}
    assert JournalEntry.objects.filter(kind="topup").count() == 1
    assert money_of(user) == CREDITED
    assert audit().breaches == []


def test_all_events_of_one_refund_and_of_one_dispute(topup, user):
    paid(topup)
    refund = events.refund(topup, 1000)
    dispute = events.dispute(topup, amount=1500)
    told = [
        events.event(kind, thing)
        for kind, thing in itertools.chain(
            ((f"refund.{news}", refund) for news in ("created", "updated")),
            ((f"charge.dispute.{news}", dispute) for news in ("created", "funds_withdrawn")),
        )
    ] * 2
    assert {receipt.http_status for receipt in deliver_at_once(told)} == {200}
    assert money_of(user) == NOTHING
    assert audit().breaches == []
