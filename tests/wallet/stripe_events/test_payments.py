"""Money that comes in, in whatever order Stripe tells of it."""

from __future__ import annotations

import itertools

import pytest

from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, NOTHING, pay, tell
from wallet.models import (
    AutoRecharge,
    JournalEntry,
    Topup,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_paid_session_is_credited(topup, user):
    receipt = pay(topup)
    assert receipt.http_status == 200
    topup.refresh_from_db()
    assert (topup.status, topup.paid_cents) == ("completed", 2500)
    assert topup.payment_intent_id == f"pi_{topup.pk}"
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.idempotency_key) == ("topup", f"pi:pi_{topup.pk}")
    assert receipt.outcome == f"credited by entry {entry.pk}"
    assert money_of(user) == CREDITED


def test_every_event_of_one_payment_credits_it_once(topup, user):
    for kind, thing in (
        ("payment_intent.succeeded", events.intent(topup)),
        ("checkout.session.completed", events.session(topup)),
        ("checkout.session.async_payment_succeeded", events.session(topup)),
        ("checkout.session.completed", events.session(topup)),
    ):
        assert tell(kind, thing).is_settled
    assert money_of(user) == CREDITED


def test_a_session_that_waits_for_the_bank_is_not_credited(topup, user):
    tell("checkout.session.completed", events.session(topup, payment_status="unpaid"))
    topup.refresh_from_db()
    assert topup.status == "processing"
    assert money_of(user) == NOTHING


BANK = {
    "completed": {"payment_status": "unpaid"},
    "async_payment_succeeded": {},
}


@pytest.mark.parametrize("order", list(itertools.permutations(BANK)))
def test_a_bank_payment_is_credited_in_any_order(topup, user, order):
    for kind in order:
        tell(f"checkout.session.{kind}", events.session(topup, **BANK[kind]))
    topup.refresh_from_db()
    assert topup.status == "completed"
    assert money_of(user) == CREDITED


@pytest.mark.parametrize("late", [False, True])
def test_a_bank_payment_that_fails_has_failed_in_any_order(topup, user, late):
    waits = ("checkout.session.completed", events.session(topup, payment_status="unpaid"))
    fails = (
        "checkout.session.async_payment_failed",
        events.session(topup, payment_status="unpaid"),
    )
    for kind, thing in (fails, waits) if late else (waits, fails):
        assert tell(kind, thing).is_settled
    topup.refresh_from_db()
    assert (topup.status, topup.error) == ("failed", "The bank did not make the payment.")
    assert money_of(user) == NOTHING


def test_a_bank_that_has_not_paid_is_not_believed(topup, user):
    told = events.session(topup, payment_status="unpaid")
    assert tell("checkout.session.async_payment_succeeded", told).http_status == 409
    assert money_of(user) == NOTHING


def test_a_page_that_nobody_paid_on_expires(topup):
    unpaid = events.session(topup, status="expired", payment_status="unpaid", payment_intent=None)
    tell("checkout.session.expired", unpaid)
    topup.refresh_from_db()
    assert topup.status == "expired"


@pytest.mark.parametrize("status", ["created", "expired", "failed"])
def test_what_was_paid_is_credited_whatever_we_thought_of_it(topup, user, status):
    Topup.objects.update(status=status)
    pay(topup)
    assert money_of(user) == CREDITED


def test_tax_is_not_credited(topup, user):
    tell("checkout.session.completed", events.session(topup, amount_total=2975))
    topup.refresh_from_db()
    assert (topup.amount_cents, topup.paid_cents) == (2500, 2975)
    assert money_of(user) == CREDITED


def test_a_payment_with_tax_may_be_told_of_first(topup, user):
    tell("payment_intent.succeeded", events.intent(topup, amount=2975, amount_received=2975))
    tell("checkout.session.completed", events.session(topup, amount_total=2975))
    assert money_of(user) == CREDITED


# --- payments without a page ----------------------------------------------------------------


def test_a_charge_of_a_saved_card_is_credited_and_past_declines_forgotten(auto, user):
    AutoRecharge.objects.update(failures=2, error="Your card was declined.")
    tell("payment_intent.succeeded", events.intent(auto))
    assert money_of(user) == CREDITED
    order = AutoRecharge.objects.get()
    assert (order.failures, order.error) == (0, "")


def test_a_declined_charge_of_a_saved_card_ends_it(auto, user):
    error = {"code": "card_declined", "decline_code": "lost_card", "message": "It is lost."}
    receipt = tell("payment_intent.payment_failed", declined(auto, error))
    assert receipt.outcome == "declined: lost_card"
    auto.refresh_from_db()
    assert (auto.status, auto.error) == ("failed", "It is lost.")
    assert money_of(user) == NOTHING


def declined(topup, error):
    return events.intent(
        topup, status="requires_payment_method", amount_received=0, last_payment_error=error
    )


def test_a_charge_that_needs_the_customer_pauses_the_order(auto):
    error = {
        "code": "authentication_required",
        "decline_code": "authentication_required",
        "message": "Ask them.",
    }
    tell("payment_intent.payment_failed", declined(auto, error))
    assert AutoRecharge.objects.get().state == "needs_authentication"


def test_on_a_page_the_customer_may_try_another_card(topup, user):
    error = {"code": "card_declined", "decline_code": "generic_decline", "message": "No."}
    assert tell("payment_intent.payment_failed", declined(topup, error)).is_settled
    topup.refresh_from_db()
    assert topup.status == "open"
    assert pay(topup).is_settled
    assert money_of(user) == CREDITED


def test_a_decline_that_is_told_late_changes_nothing(auto, user):
    tell("payment_intent.succeeded", events.intent(auto))
    error = {"code": "card_declined", "message": "No."}
    tell("payment_intent.payment_failed", declined(auto, error))
    auto.refresh_from_db()
    assert auto.status == "completed"
    assert money_of(user) == CREDITED


@pytest.mark.parametrize("kind", ["auto", "payment_intent"])
@pytest.mark.parametrize("received", [2400, 2600])
def test_without_a_page_exactly_the_amount_is_credited(user, kind, received):
    topup = Topup.objects.create(user=user, kind=kind, amount_cents=2500, livemode=False)
    told = events.intent(topup, amount_received=received)
    assert tell("payment_intent.succeeded", told).http_status == 409
    assert money_of(user) == NOTHING
    assert tell("payment_intent.succeeded", events.intent(topup)).is_settled
    assert money_of(user) == CREDITED


def test_a_page_paid_with_less_is_not_credited(topup, user):
    told = events.intent(topup, amount_received=2499)
    assert tell("payment_intent.succeeded", told).http_status == 409
    assert money_of(user) == NOTHING


def test_a_payment_that_did_not_succeed_is_not_credited(topup, user):
    told = events.intent(topup, status="processing")
    assert tell("payment_intent.succeeded", told).http_status == 409
    assert money_of(user) == NOTHING


@pytest.mark.parametrize(
    ("event", "status"), [("processing", "processing"), ("canceled", "failed")]
)
def test_what_becomes_of_a_payment_is_noted(topup, event, status):
    tell(f"payment_intent.{event}", events.intent(topup, status=event, amount_received=0))
    topup.refresh_from_db()
    assert topup.status == status


@pytest.mark.parametrize("first", ["charge.succeeded", "checkout.session.completed"])
def test_the_receipt_is_kept_before_the_credit_and_after_it(topup, first):
    things = {
        "charge.succeeded": events.charge(topup),
        "checkout.session.completed": events.session(topup),
    }
    for kind in sorted(things, key=lambda kind: kind != first):
        assert tell(kind, things[kind]).is_settled
    tell("charge.updated", events.charge(topup, receipt_url=None))
    topup.refresh_from_db()
    assert (topup.status, topup.receipt_url) == (
        "completed",
        f"https://pay.example/receipts/{topup.pk}",
    )
