"""Payments that are not ours, and payments that do not fit."""

from __future__ import annotations

import uuid

import pytest

from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, NOTHING, paid, pay, tell
from wallet.gateway import GatewayUnavailable
from wallet.models import (
    StripeEvent,
    Topup,
)
from wallet.stripe_events import handle

pytestmark = [pytest.mark.database, pytest.mark.django_db]


MISFITS = {
    "another amount": {"amount_subtotal": 2400},
    "more than was asked for": {"amount_subtotal": 2600, "amount_total": 2600},
    "a discount": {"amount_total": 1000},
    "another currency": {"currency": "eur"},
    "another reference": {"client_reference_id": str(uuid.uuid4())},
    "no payment": {"payment_intent": None},
    "nothing to pay": {"payment_status": "no_payment_required"},
    "an unknown status": {"payment_status": "perhaps"},
}


@pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS)
def test_a_session_that_does_not_fit_is_not_credited(topup, user, caplog, misfit):
    told = events.event("checkout.session.completed", events.session(topup, **misfit))
    receipt = handle(told)
    assert receipt.http_status == 409
    kept = StripeEvent.objects.get()
    assert (kept.status, kept.outcome) == ("failed", receipt.outcome)
    assert kept.payload == told
    assert money_of(user) == NOTHING
    topup.refresh_from_db()
    assert topup.status == "open"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_account_has_to_be_ours(topup, user, stranger):
    claimed = {"metadata": {"topup": str(topup.pk), "account": str(stranger.pk)}}
    assert tell("checkout.session.completed", events.session(topup, **claimed)).http_status == 409
    assert tell("payment_intent.succeeded", events.intent(topup, **claimed)).http_status == 409
    assert (money_of(user), money_of(stranger)) == (NOTHING, NOTHING)


def test_a_second_payment_of_a_page_is_an_alarm(topup, user):
    paid(topup)
    again = events.session(topup, payment_intent="pi_another")
    assert tell("checkout.session.completed", again).http_status == 409
    assert money_of(user) == CREDITED


def test_a_payment_is_credited_to_one_top_up(topup, user):
    other = Topup.objects.create(user=user, kind="checkout", amount_cents=2500, livemode=False)
    paid(topup)
    same = events.session(other, payment_intent=topup.payment_intent_id)
    assert tell("checkout.session.completed", same).http_status == 409
    assert money_of(user) == CREDITED


# --- what is not ours -----------------------------------------------------------------------


FOREIGN = {
    "no mark": {"metadata": {}},
    "no metadata": {"metadata": None},
    "no id": {"metadata": {"topup": "42", "account": "1"}},
    "another installation's": {"metadata": {"topup": str(uuid.uuid4()), "account": "1"}},
    "a card being set up": {"mode": "setup"},
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_the_sessions_of_others_are_kept_and_left_alone(topup, user, foreign):
    receipt = tell("checkout.session.completed", events.session(topup, **foreign))
    assert receipt.http_status == 200
    assert StripeEvent.objects.get().status == "ignored"
    assert money_of(user) == NOTHING


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "charge.succeeded"])
def test_the_payments_of_others_are_left_alone(topup, kind):
    assert tell(kind, events.intent(topup, metadata={})).is_settled
    assert StripeEvent.objects.get().status == "ignored"


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("refund.created", lambda topup: events.refund(topup, 100)),
        ("charge.dispute.created", events.dispute),
    ],
)
def test_the_refunds_and_disputes_of_others_are_left_alone(recording, topup, kind, make):
    theirs = recording.new_payment(amount_cents=100, metadata={"order": "7"}, customer_id="cus_1")
    assert tell(kind, make(topup) | {"payment_intent": theirs.id}).is_settled
    assert tell(kind, make(topup) | {"payment_intent": None}).is_settled
    assert {event.status for event in StripeEvent.objects.all()} == {"ignored"}


def test_whose_refund_it_is_cannot_be_asked_now(recording, topup):
    recording.fail_next(GatewayUnavailable())
    assert tell("refund.created", events.refund(topup, 100)).http_status == 409


@pytest.mark.parametrize("kind", ["customer.created", "invoice.paid", "v2.something.new"])
def test_a_type_that_means_nothing_is_kept(kind):
    assert tell(kind, {"id": "xx_1"}).is_settled
    kept = StripeEvent.objects.get()
    assert (kept.status, kept.object_id) == ("ignored", "xx_1")


@pytest.mark.parametrize("is_live", [True, False])
def test_an_event_of_the_other_mode_is_never_credited(settings, topup, user, is_live):
    settings.STRIPE_SECRET_KEY = "sk_test_x" if is_live else "sk_live_x"
    told = events.event("checkout.session.completed", events.session(topup), livemode=is_live)
    assert handle(told).is_settled
    assert StripeEvent.objects.get().status == "ignored"
    assert money_of(user) == NOTHING


def test_an_object_of_the_other_mode_is_never_credited(topup, user):
    Topup.objects.update(livemode=True)
    assert pay(topup).http_status == 409
    assert money_of(user) == NOTHING


def test_an_event_of_a_connected_account_is_left_alone(topup, user):
    told = events.session(topup)
    assert tell("checkout.session.completed", told, account="acct_1").is_settled
    assert money_of(user) == NOTHING
