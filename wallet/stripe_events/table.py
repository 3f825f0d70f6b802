"""What each type of event means."""

from __future__ import annotations

from collections.abc import Callable

from wallet.stripe_events import cards, payments, reversals
from wallet.stripe_events.matching import Fields

Action = Callable[[Fields], str]
"""Books what an object says, in its caller's transaction, and says in words what was done."""

ACTIONS: dict[str, Action] = {
    "checkout.session.completed": payments.session_completed,
    "checkout.session.async_payment_succeeded": payments.session_paid,
    "checkout.session.async_payment_failed": payments.session_failed,
    "checkout.session.expired": payments.session_expired,
    "payment_intent.succeeded": payments.payment_succeeded,
    "payment_intent.payment_failed": payments.payment_failed,
    "payment_intent.processing": payments.payment_processing,
    "payment_intent.canceled": payments.payment_canceled,
    "charge.succeeded": payments.charge_succeeded,
    "charge.updated": payments.charge_succeeded,
    "payment_method.detached": cards.card_removed,
}

REVERSALS: dict[str, Action] = {
    # not charge.refunded: it tells only the sum of all refunds
    "refund.created": reversals.refunded,
    "refund.updated": reversals.refunded,
    "refund.failed": reversals.refunded,
    "charge.dispute.created": reversals.dispute_noted,
    "charge.dispute.updated": reversals.dispute_noted,
    "charge.dispute.funds_withdrawn": reversals.funds_withdrawn,
    "charge.dispute.funds_reinstated": reversals.funds_reinstated,
    "charge.dispute.closed": reversals.dispute_noted,
}
"""Of objects that only name the payment that they are about."""

EVENT_TYPES = (*ACTIONS, *REVERSALS)
"""What the webhook endpoint has to be subscribed to."""
