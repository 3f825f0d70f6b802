"""Payments, and the events of Stripe that tell of them."""

from __future__ import annotations

from accounts.models import User
from tests.wallet.cast import take_hold
from tests.wallet.gateway import events
from tests.wallet.machine.scenario import (
    Call,
    completed,
    indebted,
    new_topup,
    refunded,
    scenario,
    told_of_dispute,
)
from wallet import services
from wallet.stripe_events import handle


# --- payments ---------------------------------------------------------------------------------
@scenario()
def complete_topup(user: User) -> Call:
    topup = new_topup(user)
    return lambda: completed(topup)


@scenario()
def complete_topup_that_pays_a_debt(user: User) -> Call:
    indebted(user)
    topup = new_topup(user)
    return lambda: completed(topup)


@scenario()
def book_refund(user: User) -> Call:
    completed(new_topup(user))
    return lambda: refunded(50, "succeeded")


@scenario()
def book_refund_that_makes_a_debt(user: User) -> Call:
    completed(new_topup(user))
    take_hold(user, 900_000)
    return lambda: refunded(50, "succeeded")


@scenario()
def refund_fails(user: User) -> Call:
    completed(new_topup(user))
    refunded(50, "pending")
    return lambda: refunded(50, "failed")


@scenario()
def note_dispute(user: User) -> Call:
    completed(new_topup(user))
    return lambda: services.note_dispute(**told_of_dispute("needs_response"))


@scenario()
def withdraw_dispute(user: User) -> Call:
    completed(new_topup(user))
    take_hold(user, 900_000)
    return lambda: services.withdraw_dispute(**told_of_dispute("needs_response"), fee_cents=1500)


@scenario()
def reinstate_dispute(user: User) -> Call:
    completed(new_topup(user))
    services.withdraw_dispute(**told_of_dispute("needs_response"), fee_cents=1500)
    return lambda: services.reinstate_dispute(**told_of_dispute("won"))


# --- Stripe's events --------------------------------------------------------------------------
@scenario()
def event_of_a_payment(user: User) -> Call:
    topup = new_topup(user)
    told = events.event("checkout.session.completed", events.session(topup))
    return lambda: handle(told).http_status


@scenario()
def event_of_a_payment_that_expired(user: User) -> Call:
    told = events.event("checkout.session.expired", events.session(new_topup(user)))
    return lambda: handle(told).http_status


@scenario()
def event_of_a_refund(user: User) -> Call:
    topup = new_topup(user)
    completed(topup)
    topup.refresh_from_db()
    told = events.event("refund.created", events.refund(topup, 50))
    return lambda: handle(told).http_status


@scenario()
def event_of_a_dispute(user: User) -> Call:
    topup = new_topup(user)
    completed(topup)
    topup.refresh_from_db()
    thing = events.dispute(topup, balance_transactions=[events.withdrawal(topup)])
    told = events.event("charge.dispute.funds_withdrawn", thing)
    return lambda: handle(told).http_status
