"""Saved cards: kept when the page was told to, forgotten when they are removed."""

from __future__ import annotations

import pytest

from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, pay, tell
from wallet.models import (
    AutoRecharge,
    Topup,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_card_is_kept_once_its_payment_is_committed(
    recording, user, django_capture_on_commit_callbacks
):
    topup = page_that_saves(recording, user)
    payment = recording.pay(topup.session_id)
    marks = dict(recording.sessions[topup.session_id].metadata)
    told = events.session(topup, payment_intent=payment.id, metadata=marks)
    with django_capture_on_commit_callbacks(execute=True):
        assert tell("checkout.session.completed", told).is_settled
        assert not AutoRecharge.objects.exists()
    order = AutoRecharge.objects.get()
    assert (order.payment_method_id, order.card) == (payment.payment_method_id, "Visa ending 4242")
    assert not order.is_enabled


def page_that_saves(recording, user) -> Topup:
    topup = Topup.objects.create(
        user=user,
        kind="checkout",
        amount_cents=2500,
        livemode=False,
        expires_at="2035-01-01T00:00Z",
    )
    topup.refresh_from_db()
    page = recording.create_checkout(
        topup,
        customer_id=recording.ensure_customer(user),
        save_card=True,
        success_url="",
        cancel_url="",
    )
    topup.session_id = page.id
    topup.save()
    return topup


def test_a_card_that_cannot_be_kept_does_not_fail_the_payment(
    recording, user, django_capture_on_commit_callbacks
):
    topup = page_that_saves(recording, user)
    payment = recording.pay(topup.session_id)
    marks = dict(recording.sessions[topup.session_id].metadata)
    recording.fail_next()
    told = events.session(topup, payment_intent=payment.id, metadata=marks)
    with django_capture_on_commit_callbacks(execute=True):
        assert tell("checkout.session.completed", told).is_settled
    assert money_of(user) == CREDITED
    assert not AutoRecharge.objects.exists()


def test_without_the_tick_no_card_is_asked_for(
    recording, topup, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        pay(topup)
    assert not AutoRecharge.objects.exists()
    assert recording.calls == []


def test_a_removed_card_ends_its_order(user):
    AutoRecharge.objects.create(user=user, payment_method_id="pm_1", card="Visa ending 4242")
    tell("payment_method.detached", {"id": "pm_1", "object": "payment_method"})
    assert AutoRecharge.objects.get().payment_method_id == ""
