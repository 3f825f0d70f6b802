"""What the wallet relies on, of the real gateway and of the one in memory alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from wallet.gateway import CardDeclined, GatewayRefused, GatewayUnavailable
from wallet.models import StripeCustomer, Topup

pytestmark = pytest.mark.django_db

VISA, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"
AUTHENTICATION = "pm_card_authenticationRequired"


@pytest.fixture
def customer_id(side, user):
    return side.gateway.ensure_customer(user)


def ask_checkout(side, topup, customer_id, *, save_card=False):
    return side.gateway.create_checkout(
        topup,
        customer_id=customer_id,
        save_card=save_card,
        success_url="https://audio.example/done?sid={CHECKOUT_SESSION_ID}",
        cancel_url="https://audio.example/cancelled",
    )


def payments_of(side):
    return list(side.gateway.payments(timezone.now() - timedelta(hours=1)))


@pytest.fixture
def paid(side, new_topup, customer_id):
    """A payment that was made on a page."""
    session = ask_checkout(side, new_topup(), customer_id)
    side.pay(session.id, VISA)
    return side.gateway.payment(side.gateway.checkout(session.id).payment_intent_id)


def save_card(side, new_topup, customer_id):
    session = ask_checkout(side, new_topup(), customer_id, save_card=True)
    side.pay(session.id, VISA)
    (saved,) = side.gateway.saved_cards(customer_id)
    return saved


# --- customers ------------------------------------------------------------------------------


def test_an_account_is_one_customer(side, user, stranger):
    first = side.gateway.ensure_customer(user)
    assert side.gateway.ensure_customer(user) == first
    assert side.gateway.ensure_customer(stranger) != first
    row = StripeCustomer.objects.get(user=user)
    assert (row.customer_id, row.livemode) == (first, False)


def test_a_customer_that_is_gone_is_made_anew(side, user, customer_id):
    side.forget_customer(customer_id)
    anew = side.gateway.ensure_customer(user)
    assert anew != customer_id
    assert side.gateway.ensure_customer(user) == anew
    assert StripeCustomer.objects.get(user=user).customer_id == anew


# --- pages ----------------------------------------------------------------------------------


def test_a_page_asks_for_the_amount_of_the_attempt(side, new_topup, customer_id):
    topup = new_topup()
    session = ask_checkout(side, topup, customer_id)
    assert session.url.startswith("http")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_subtotal_cents, session.amount_total_cents) == (2500, 2500)
    assert (session.currency, session.livemode) == ("usd", False)
    assert session.client_reference_id == str(topup.pk)
    assert dict(session.metadata) == {"topup": str(topup.pk), "account": str(topup.user_id)}
    assert session.expires_at == topup.expires_at
    assert side.gateway.checkout(session.id) == session


def test_an_attempt_has_one_page_however_often_it_is_asked_for(side, new_topup, customer_id):
    topup = new_topup()
    pages = {ask_checkout(side, topup, customer_id).id for _ in range(3)}
    assert len(pages) == 1
    assert ask_checkout(side, new_topup(), customer_id).id not in pages


def test_an_attempt_is_not_asked_for_in_other_words(side, new_topup, customer_id):
    topup = new_topup()
    ask_checkout(side, topup, customer_id)
    with pytest.raises(GatewayRefused) as refusal:
        ask_checkout(side, topup, customer_id, save_card=True)
    assert refusal.value.code == "idempotency_error"


def test_a_page_that_was_paid_names_its_payment(side, new_topup, customer_id):
    topup = new_topup()
    session = ask_checkout(side, topup, customer_id)
    side.pay(session.id, VISA)
    done = side.gateway.checkout(session.id)
    assert (done.status, done.payment_status) == ("complete", "paid")
    payment = side.gateway.payment(done.payment_intent_id)
    assert payment.status == "succeeded"
    assert (payment.amount_cents, payment.amount_received_cents) == (2500, 2500)
    assert (payment.currency, payment.livemode) == ("usd", False)
    assert dict(payment.metadata) == {"topup": str(topup.pk), "account": str(topup.user_id)}
    assert payment.customer_id == customer_id
    assert payment.receipt_url.startswith("http")
    assert payment.error_code == ""


def test_a_page_can_be_closed_once(side, new_topup, customer_id):
    session = ask_checkout(side, new_topup(), customer_id)
    assert side.gateway.expire_checkout(session.id).status == "expired"
    assert side.gateway.checkout(session.id).url == ""
    with pytest.raises(GatewayRefused):
        side.gateway.expire_checkout(session.id)


@pytest.mark.parametrize("call", ["checkout", "expire_checkout", "payment"])
def test_what_is_not_there_is_refused(side, call):
    with pytest.raises(GatewayRefused) as refusal:
        getattr(side.gateway, call)("xx_unheard_of")
    assert refusal.value.code == "resource_missing"


# --- saved cards ----------------------------------------------------------------------------


def test_a_card_is_saved_only_where_the_customer_said_so(side, new_topup, customer_id, paid):
    assert side.gateway.saved_cards(customer_id) == []
    card = save_card(side, new_topup, customer_id)
    assert card.label == "Visa ending 4242"
    side.gateway.remove_card(card.payment_method_id)
    assert side.gateway.saved_cards(customer_id) == []


def test_a_saved_card_is_charged_once_for_an_attempt(side, new_topup, customer_id):
    card = save_card(side, new_topup, customer_id)
    topup = new_topup(kind=Topup.Kind.AUTO)
    charge = {"customer_id": customer_id, "payment_method_id": card.payment_method_id}
    payment = side.gateway.charge_saved_card(topup, **charge)
    assert (payment.status, payment.amount_received_cents) == ("succeeded", 2500)
    assert payment.payment_method_id == card.payment_method_id
    assert side.gateway.charge_saved_card(topup, **charge).id == payment.id
    assert len(payments_of(side)) == 2


def test_a_card_that_says_no_says_why_and_says_it_again(side, new_topup, customer_id):
    topup = new_topup(kind=Topup.Kind.AUTO)
    card = side.attach(customer_id, DECLINED)
    for _ in range(2):
        with pytest.raises(CardDeclined) as refusal:
            side.gateway.charge_saved_card(topup, customer_id=customer_id, payment_method_id=card)
        assert refusal.value.code == "generic_decline"
        assert not refusal.value.needs_authentication
    failed = side.gateway.payment(refusal.value.payment_intent_id)
    assert (failed.status, failed.error_code) == ("requires_payment_method", "generic_decline")
    assert len(payments_of(side)) == 1


def test_a_bank_that_wants_to_ask_says_so(side, new_topup, customer_id):
    card = side.attach(customer_id, AUTHENTICATION)
    with pytest.raises(CardDeclined) as refusal:
        side.gateway.charge_saved_card(
            new_topup(kind=Topup.Kind.AUTO), customer_id=customer_id, payment_method_id=card
        )
    assert refusal.value.needs_authentication
    assert refusal.value.code == "authentication_required"


# --- payments in the client's own page --------------------------------------------------------


def test_a_payment_of_the_clients_own_page_has_a_secret(side, new_topup, customer_id):
    topup = new_topup(kind=Topup.Kind.PAYMENT_INTENT)
    payment = side.gateway.create_payment(topup, customer_id)
    assert payment.client_secret.startswith(payment.id)
    assert payment.client_secret not in repr(payment)
    assert (payment.status, payment.amount_cents) == ("requires_payment_method", 2500)
    assert payment.amount_received_cents == 0
    assert side.gateway.create_payment(topup, customer_id) == payment


# --- refunds --------------------------------------------------------------------------------


def give_back(side, payment, amount_cents, key):
    return side.gateway.refund(
        payment_intent_id=payment.id,
        amount_cents=amount_cents,
        reason="a mistake",
        actor="user:7",
        idempotency_key=key,
    )


def test_a_refund_is_made_once_for_a_key(side, paid):
    first = give_back(side, paid, 700, "refund:1")
    assert (first.amount_cents, first.payment_intent_id) == (700, paid.id)
    assert (first.status, first.reason, first.currency) == ("succeeded", "a mistake", "usd")
    assert first.actor == "user:7"
    assert give_back(side, paid, 700, "refund:1") == first
    assert list(side.gateway.refunds(timezone.now() - timedelta(hours=1))) == [first]


def test_a_refund_without_an_amount_is_of_all_that_is_left(side, paid):
    give_back(side, paid, 700, "refund:1")
    assert give_back(side, paid, None, "refund:2").amount_cents == 1800


def test_no_more_is_refunded_than_was_paid(side, paid):
    give_back(side, paid, 700, "refund:1")
    with pytest.raises(GatewayRefused):
        give_back(side, paid, 1801, "refund:2")


# --- what has happened ------------------------------------------------------------------------


def test_what_has_happened_is_listed_from_a_moment_on(side, paid):
    listed = payments_of(side)
    assert [payment.id for payment in listed] == [paid.id]
    assert listed[0].receipt_url == paid.receipt_url
    later = timezone.now() + timedelta(hours=1)
    assert list(side.gateway.payments(later)) == []
    assert list(side.gateway.events(later)) == []
    assert list(side.gateway.disputes(later)) == []


def test_events_are_as_the_webhook_receives_them(side, paid):
    told = list(side.gateway.events(timezone.now() - timedelta(hours=1)))
    (event,) = [event for event in told if event["type"] == "payment_intent.succeeded"]
    assert event["id"].startswith("evt_")
    assert event["livemode"] is False
    assert event["data"]["object"]["id"] == paid.id
    assert event["data"]["object"]["metadata"] == dict(paid.metadata)


# --- an answer that does not come -------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["lose_answer", "refuse_next"])
def test_an_attempt_without_an_answer_is_asked_for_again(side, new_topup, customer_id, trouble):
    topup = new_topup(kind=Topup.Kind.PAYMENT_INTENT)
    getattr(side, trouble)()
    with pytest.raises(GatewayUnavailable):
        side.gateway.create_payment(topup, customer_id)
    payment = side.gateway.create_payment(topup, customer_id)
    assert [listed.id for listed in payments_of(side)] == [payment.id]


def test_the_portal_is_a_page(side, customer_id):
    assert side.gateway.portal_url(customer_id, "https://audio.example/").startswith("http")
