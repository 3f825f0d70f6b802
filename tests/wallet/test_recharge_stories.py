"""Auto-recharge and reconciliation with the real SDK, over HTTP, at a Stripe of its own process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver
from tests.wallet.billing_cast import DOLLAR, charges, credits_of, make_old, spend
from tests.wallet.cast import fund, money_of
from wallet import auto_recharge, stripe_events, topups
from wallet.audit import audit
from wallet.gateway import gateway
from wallet.models import AutoRecharge, Dispute, Refund, StripeCustomer, Topup, Wallet
from wallet.reconcile import ReconcileReport, reconcile

pytestmark = [pytest.mark.django_db(transaction=True)]

SDK_ATTEMPTS = 3
"""The first try of a call and the two by which the SDK repeats it."""


@pytest.fixture
def stripe(fake_stripe: FakeStripe, settings, monkeypatch) -> FakeStripe:
    """Stripe, told where we are by nobody: its events are lost until `listen`."""
    cache.clear()
    settings.STRIPE_SECRET_KEY = fake_stripe.secret_key
    settings.STRIPE_API_BASE = fake_stripe.url
    # the SDK waits half a second and more before it asks again
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe._http_client.HTTPClient.MAX_DELAY", 0.01)
    return fake_stripe


@pytest.fixture
def listen(stripe: FakeStripe, webhook_receiver: WebhookReceiver):
    """Webhooks arrive: signed, verified, and handled as ours are."""

    def take(event: dict) -> int:
        try:
            return stripe_events.handle(event).http_status
        finally:
            connection.close()

    webhook_receiver.answer = take

    def deliver() -> None:
        stripe.config(webhook_url=webhook_receiver.url)
        stripe.resend("all")
        stripe.wait_delivered()

    return deliver


def order_of(stripe: FakeStripe, user: User, card: str = "pm_card_visa") -> AutoRecharge:
    """$25.00 below $5.00, from a card that the customer has saved; $4.00 are left."""
    fund(user, 4 * DOLLAR)
    customer = gateway().ensure_customer(user)
    saved = stripe.client().v1.payment_methods.attach(card, {"customer": customer})
    return auto_recharge.configure(
        user,
        enabled=True,
        threshold_micros=5 * DOLLAR,
        amount_cents=2500,
        monthly_cap_cents=10_000,
        payment_method_id=saved.id,
        ip="192.0.2.7",
    )


def taken(stripe: FakeStripe) -> list[int]:
    """What Stripe has charged, in cents."""
    return [charge["amount"] for charge in stripe.objects("charge") if charge["paid"]]


def later(**time: float) -> datetime:
    return timezone.now() + timedelta(**time)


def look() -> ReconcileReport:
    return reconcile(since=timezone.now() - timedelta(hours=24))


def test_a_charge_succeeds_and_the_webhook_credits_it(stripe, listen, user):
    order_of(stripe, user)
    assert auto_recharge.run_due() == 1
    assert charges(user) == [("processing", 2500)]
    assert money_of(user) == (4 * DOLLAR, 0)

    listen()
    assert charges(user) == [("completed", 2500)]
    assert money_of(user) == (29 * DOLLAR, 0)
    assert Topup.objects.get().receipt_url
    report = look()
    assert report.mended == report.unexplained == []
    assert audit().breaches == []


def test_the_bank_wants_to_ask_and_the_customer_answers_on_a_page(stripe, listen, user):
    order_of(stripe, user, "pm_card_authenticationRequired")
    auto_recharge.run_due()
    assert AutoRecharge.objects.get().state == "needs_authentication"
    assert "/dashboard/wallet/" in mail.outbox[0].body
    listen()
    assert AutoRecharge.objects.get().failures == 1
    assert len(mail.outbox) == 1

    by_hand = topups.start_checkout(user, 2500, save_card=True)
    stripe.pay(by_hand.session_id, "pm_card_mastercard")
    stripe.wait_delivered()
    assert AutoRecharge.objects.get().card.endswith("3184"), "the consent was for that card"
    customer = StripeCustomer.objects.get(user=user).customer_id
    cards = {card.label: card.payment_method_id for card in gateway().saved_cards(customer)}
    auto_recharge.configure(
        user,
        enabled=True,
        threshold_micros=5 * DOLLAR,
        amount_cents=2500,
        monthly_cap_cents=10_000,
        payment_method_id=cards["Mastercard ending 4444"],
        ip="192.0.2.7",
    )
    assert AutoRecharge.objects.get().state == "active"
    assert money_of(user) == (29 * DOLLAR, 0)
    spend(user, 25 * DOLLAR)
    auto_recharge.run_due()
    stripe.wait_delivered()
    assert credits_of(user) == [25 * DOLLAR] * 2
    assert taken(stripe) == [2500, 2500]


def test_three_declines(stripe, listen, user):
    order_of(stripe, user, "pm_card_chargeCustomerFail")
    for hours in (0, 2, 27):
        assert auto_recharge.run_due(later(hours=hours)) == 1
        listen()
    order = AutoRecharge.objects.get()
    assert (order.state, order.failures) == ("declined", 3)
    assert charges(user) == [("failed", 2500)] * 3
    assert taken(stripe) == []
    assert "Your card was declined." in mail.outbox[0].body
    assert len(mail.outbox) == 1
    assert look().is_whole


@pytest.mark.parametrize("fate", ["drop_after_commit", 500, 503])
def test_without_an_answer_one_charge_is_made(stripe, listen, user, fate):
    order_of(stripe, user)
    stripe.config(
        fail_next={
            "method": "POST",
            "path_prefix": "/v1/payment_intents",
            "status": fate,
            "times": SDK_ATTEMPTS,
        }
    )
    assert auto_recharge.run_due() == 1
    assert charges(user) == [("created", 2500)]

    assert auto_recharge.run_due(later(seconds=61)) == 1

    asked = stripe.requests("/v1/payment_intents", method="POST")
    assert len(asked) == SDK_ATTEMPTS + 1
    assert len({one["idempotency_key"] for one in asked}) == 1
    listen()
    assert taken(stripe) == [2500]
    assert credits_of(user) == [25 * DOLLAR]
    assert look().is_whole


def test_a_lost_webhook_is_made_good_by_the_reconciler_once(stripe, listen, user):
    order_of(stripe, user)
    auto_recharge.run_due()
    by_page = topups.start_checkout(user, 700)
    stripe.pay(by_page.session_id)

    report = look()

    assert len(report.mended) == 2
    assert report.is_whole, report.unexplained
    assert sorted(credits_of(user)) == [7 * DOLLAR, 25 * DOLLAR]
    listen()
    assert look().mended == []
    assert len(credits_of(user)) == 2


def test_webhooks_and_reconcilers_at_once(stripe, listen, user, webhook_receiver):
    order_of(stripe, user)
    auto_recharge.run_due()
    for cents in (500, 600, 700):
        stripe.pay(topups.start_checkout(user, cents).session_id)
    webhook_receiver_is_up = threading.Event()

    def mend() -> None:
        try:
            webhook_receiver_is_up.wait(5)
            look()
        finally:
            connection.close()

    stripe.config(webhook_url=webhook_receiver.url, duplicate=3, shuffle=True)
    with ThreadPoolExecutor(2) as pool:
        mending = [pool.submit(mend) for _ in range(2)]
        stripe.resend("all")
        webhook_receiver_is_up.set()
        for one in mending:
            one.result()
    stripe.wait_delivered(30)

    assert sorted(credits_of(user)) == [cents * 10_000 for cents in (500, 600, 700, 2500)]
    assert look().is_whole
    assert audit().breaches == []


def test_what_happens_at_stripes_dashboard_is_found(stripe, user):
    """Refunds and disputes, their webhooks all lost."""
    pages = [topups.start_checkout(user, 2000) for _ in range(3)]
    for page in pages:
        stripe.pay(page.session_id)
    look()
    first, second, third = [intent["id"] for intent in stripe.objects("payment_intent")]
    stripe.refund(first, amount=500)
    stripe.dispute(second)
    report = look()
    assert report.is_whole, report.unexplained
    assert Refund.objects.get().amount_cents == 500
    assert Wallet.objects.get().is_frozen
    assert money_of(user) == (35 * DOLLAR, 0)

    stripe.dispute(second, status="won")
    stripe.dispute(third, status="warning_needs_response")
    report = look()
    assert report.is_whole, report.unexplained
    assert not Wallet.objects.get().is_frozen
    assert money_of(user) == (55 * DOLLAR, 0)
    assert set(Dispute.objects.values_list("status", flat=True)) == {
        "won",
        "warning_needs_response",
    }
    assert look().mended == []
    assert audit().breaches == []


def test_attempts_that_came_to_nothing_are_closed(stripe, user):
    left, expired = (topups.start_checkout(user, 500) for _ in range(2))
    stripe.expire(expired.session_id)
    for topup in (left, expired):
        make_old(topup, minutes=30)
    report = look()
    assert report.is_whole
    assert Topup.objects.get(pk=left.pk).status == "open"
    assert Topup.objects.get(pk=expired.pk).status == "expired"


def test_more_than_a_page_of_payments(stripe, user):
    """Stripe lists a hundred at a time."""
    customer = gateway().ensure_customer(user)
    client = stripe.client()
    for number in range(101):
        client.v1.payment_intents.create(
            {
                "amount": 100 + number,
                "currency": "usd",
                "customer": customer,
                "payment_method": "pm_card_visa",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
    page = topups.start_checkout(user, 500)
    stripe.pay(page.session_id)
    assert look().totals[0].count == 1
    assert money_of(user) == (5 * DOLLAR, 0)
