"""What only the real gateway can do: send requests, wait for answers, and go without."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import pytest
import stripe
from django.utils import timezone

from tests.harness.programs import free_port
from wallet import gateway as payments
from wallet.gateway import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentsNotConfigured,
    StripeGateway,
    is_live_key,
)
from wallet.models import Topup

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe_gateway(fake_stripe) -> StripeGateway:
    return StripeGateway(fake_stripe.secret_key, api_base=fake_stripe.url)


def ask_checkout(provider, topup, *, save_card=False):
    return provider.create_checkout(
        topup,
        customer_id=provider.ensure_customer(topup.user),
        save_card=save_card,
        success_url="https://audio.example/done?sid={CHECKOUT_SESSION_ID}",
        cancel_url="https://audio.example/cancelled",
    )


def last_request(fake_stripe, path):
    return fake_stripe.requests(path, method="POST")[-1]


# --- which one ------------------------------------------------------------------------------


def test_without_a_key_there_is_none(settings):
    settings.STRIPE_SECRET_KEY = ""
    assert not payments.is_configured()
    with pytest.raises(PaymentsNotConfigured):
        payments.gateway()


def test_with_a_key_there_is_one_that_keeps_its_connections(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_one"
    first = payments.gateway()
    assert payments.gateway() is first
    settings.STRIPE_SECRET_KEY = "sk_live_two"
    assert payments.gateway() is not first
    assert (first.livemode, payments.gateway().livemode) == (False, True)


@pytest.mark.parametrize(
    ("key", "is_live"),
    [
        ("sk_live_1", True),
        ("rk_live_1", True),
        ("pk_live_1", True),
        ("sk_test_1", False),
        ("sk_test_live_1", False),
        ("live", False),
        ("", False),
    ],
)
def test_a_key_says_whether_it_moves_money(key, is_live):
    assert is_live_key(key) is is_live


# --- what is sent ---------------------------------------------------------------------------


def test_a_page_is_asked_for_with_our_mark_and_the_attempts_key(
    stripe_gateway, fake_stripe, new_topup
):
    topup = new_topup()
    ask_checkout(stripe_gateway, topup)
    sent = last_request(fake_stripe, "/v1/checkout/sessions")
    marks = {"topup": str(topup.pk), "account": str(topup.user_id)}
    assert sent["idempotency_key"] == f"topup:{topup.pk}"
    assert sent["params"]["metadata"] == marks
    assert sent["params"]["payment_intent_data"]["metadata"] == marks
    assert "setup_future_usage" not in sent["params"]["payment_intent_data"]
    assert "automatic_tax" not in sent["params"]
    assert sent["params"]["invoice_creation"] == {"enabled": "true"}


def test_the_card_is_kept_for_charges_without_the_customer(stripe_gateway, fake_stripe, new_topup):
    ask_checkout(stripe_gateway, new_topup(), save_card=True)
    sent = last_request(fake_stripe, "/v1/checkout/sessions")["params"]
    assert sent["payment_intent_data"]["setup_future_usage"] == "off_session"
    assert sent["metadata"]["save_card"] == "yes"


def test_tax_is_added_on_top_when_the_operator_says_so(
    stripe_gateway, fake_stripe, new_topup, settings
):
    settings.STRIPE_AUTOMATIC_TAX, settings.STRIPE_TAX_CODE = True, "txcd_10103001"
    topup = new_topup()
    session = ask_checkout(stripe_gateway, topup)
    sent = last_request(fake_stripe, "/v1/checkout/sessions")["params"]
    price = sent["line_items"][0]["price_data"]
    assert price["tax_behavior"] == "exclusive"
    assert price["product_data"]["tax_code"] == "txcd_10103001"
    fake_stripe.pay(session.id)
    done = stripe_gateway.checkout(session.id)
    assert done.amount_subtotal_cents == 2500
    assert done.amount_total_cents == 2750
    assert stripe_gateway.payment(done.payment_intent_id).amount_received_cents == 2750


def test_an_attempt_without_an_end_is_not_asked_for(stripe_gateway, new_topup):
    with pytest.raises(ValueError, match="has no end"):
        ask_checkout(stripe_gateway, new_topup(expires_at=None))


def test_a_key_and_a_secret_are_not_logged(stripe_gateway, fake_stripe, new_topup, caplog):
    caplog.set_level(logging.DEBUG)
    topup = new_topup(kind=Topup.Kind.PAYMENT_INTENT)
    payment = stripe_gateway.create_payment(topup, stripe_gateway.ensure_customer(topup.user))
    fake_stripe.config(fail_next={"status": 500})
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.payment(payment.id)
    wallet_says = [record.getMessage() for record in caplog.records if "wallet" in record.name]
    assert wallet_says
    assert not any(payment.client_secret in said for said in wallet_says)
    assert fake_stripe.secret_key not in caplog.text


# --- what comes back ------------------------------------------------------------------------


def test_a_wrong_key_is_the_operators_to_mend(fake_stripe, user, caplog):
    stranger = StripeGateway("sk_test_wrong", api_base=fake_stripe.url)
    with pytest.raises(GatewayRefused, match="its operator has to correct it") as refusal:
        stranger.ensure_customer(user)
    assert refusal.value.code == "key_refused"
    assert "sk_test_wrong" not in str(refusal.value)


def test_nobody_there(user):
    nowhere = StripeGateway("sk_test_1", api_base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayUnavailable):
        nowhere.ensure_customer(user)


def test_an_answer_is_not_waited_for_for_ever(fake_stripe, user, monkeypatch):
    monkeypatch.setattr("wallet.gateway.stripe_gateway.TIMEOUT_SECONDS", 0.3)
    hasty = StripeGateway(fake_stripe.secret_key, api_base=fake_stripe.url)
    fake_stripe.config(fail_next={"status": "hang"})
    began = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        hasty.ensure_customer(user)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_come_later_is_no_refusal(stripe_gateway, fake_stripe, user, status):
    fake_stripe.config(fail_next={"status": status})
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.ensure_customer(user)
    assert stripe_gateway.ensure_customer(user)


def test_a_twin_that_is_being_answered_is_no_refusal(stripe_gateway, user, monkeypatch):
    def refuse(*_args, **_options):
        body = {"error": {"code": "idempotency_key_in_use", "message": "There is another."}}
        raise stripe.IdempotencyError("There is another.", json_body=body)

    monkeypatch.setattr(stripe_gateway._stripe.customers, "create", refuse)
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.create_customer(user, idempotency_key="k")


def test_a_short_absence_is_bridged_by_the_same_key(fake_stripe, new_topup, monkeypatch):
    monkeypatch.setattr("wallet.gateway.stripe_gateway.RETRIES", 2)
    patient = StripeGateway(fake_stripe.secret_key, api_base=fake_stripe.url)
    topup = new_topup(kind=Topup.Kind.PAYMENT_INTENT)
    customer_id = patient.ensure_customer(topup.user)
    lost = {"method": "POST", "path_prefix": "/v1/payment_intents", "status": "drop_after_commit"}
    fake_stripe.config(fail_next=lost)
    patient.create_payment(topup, customer_id)
    sent = fake_stripe.requests("/v1/payment_intents", method="POST")
    assert [one["idempotency_key"] for one in sent] == [f"topup:{topup.pk}"] * 2
    assert len(fake_stripe.objects("payment_intent")) == 1


def test_disputes_tell_what_the_bank_took_and_gave(stripe_gateway, fake_stripe, new_topup):
    session = ask_checkout(stripe_gateway, new_topup())
    fake_stripe.pay(session.id)
    intent = stripe_gateway.checkout(session.id).payment_intent_id
    fake_stripe.dispute(intent)

    hour_ago = timezone.now() - timedelta(hours=1)
    (dispute,) = stripe_gateway.disputes(hour_ago)
    assert (dispute.payment_intent_id, dispute.status) == (intent, "needs_response")
    assert (dispute.amount_cents, dispute.currency) == (2500, "usd")
    assert (dispute.withdrawn_cents, dispute.reinstated_cents) == (2500, 0)
    assert dispute.fee_cents == 1500

    fake_stripe.dispute(intent, status="won")
    (dispute,) = stripe_gateway.disputes(hour_ago)
    assert (dispute.status, dispute.reinstated_cents) == ("won", 2500)


def test_long_lists_are_read_to_their_end(stripe_gateway, fake_stripe, new_topup, monkeypatch):
    monkeypatch.setattr("wallet.gateway.stripe_gateway.PAGE", 2)
    customer_id = None
    for _ in range(5):
        topup = new_topup(kind=Topup.Kind.PAYMENT_INTENT)
        customer_id = customer_id or stripe_gateway.ensure_customer(topup.user)
        stripe_gateway.create_payment(topup, customer_id)
    hour_ago = timezone.now() - timedelta(hours=1)
    assert len({payment.id for payment in stripe_gateway.payments(hour_ago)}) == 5
