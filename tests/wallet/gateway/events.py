"""Stripe's events, cut down to the fields that the wallet reads."""

from __future__ import annotations

import itertools
import time
from typing import Any

import stripe

from wallet.models import Topup

Fields = dict[str, Any]
_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):06d}{time.monotonic_ns()}"


def event(kind: str, thing: Fields, **changes: Any) -> Fields:
    """An event of a type about an object, new each time."""
    told: Fields = {
        "id": new_id("evt"),
        "object": "event",
        "type": kind,
        "api_version": stripe.api_version,
        "created": int(time.time()),
        "livemode": thing.get("livemode", False),
        "data": {"object": thing},
    }
    return told | changes


def marks(topup: Topup) -> Fields:
    return {"topup": str(topup.pk), "account": str(topup.user_id)}


def session(topup: Topup, **changes: Any) -> Fields:
    """A session that was paid at once, by card."""
    told: Fields = {
        "id": topup.session_id or f"cs_{topup.pk}",
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": payment_of(topup),
        "amount_subtotal": topup.amount_cents,
        "amount_total": topup.amount_cents,
        "currency": "usd",
        "livemode": topup.livemode,
        "client_reference_id": str(topup.pk),
        "metadata": marks(topup),
    }
    return told | changes


def intent(topup: Topup, **changes: Any) -> Fields:
    """A PaymentIntent that succeeded."""
    told: Fields = {
        "id": payment_of(topup),
        "object": "payment_intent",
        "status": "succeeded",
        "amount": topup.amount_cents,
        "amount_received": topup.amount_cents,
        "currency": "usd",
        "livemode": topup.livemode,
        "metadata": marks(topup),
        "last_payment_error": None,
        "client_secret": "pi_secret_of_the_customer",
    }
    return told | changes


def charge(topup: Topup, **changes: Any) -> Fields:
    told: Fields = {
        "id": f"ch_{topup.pk}",
        "object": "charge",
        "payment_intent": payment_of(topup),
        "currency": "usd",
        "livemode": topup.livemode,
        "metadata": marks(topup),
        "receipt_url": f"https://pay.example/receipts/{topup.pk}",
    }
    return told | changes


def refund(topup: Topup, amount_cents: int, **changes: Any) -> Fields:
    told: Fields = {
        "id": f"re_{topup.pk}",
        "object": "refund",
        "payment_intent": payment_of(topup),
        "amount": amount_cents,
        "currency": "usd",
        "status": "succeeded",
        "reason": None,
        "metadata": {},
    }
    return told | changes


def dispute(topup: Topup, status: str = "needs_response", **changes: Any) -> Fields:
    told: Fields = {
        "id": f"du_{topup.pk}",
        "object": "dispute",
        "payment_intent": payment_of(topup),
        "amount": topup.amount_cents,
        "currency": "usd",
        "livemode": topup.livemode,
        "status": status,
        "balance_transactions": [],
    }
    return told | changes


def withdrawal(topup: Topup) -> Fields:
    """A movement of our balance at Stripe: the disputed money and the fee."""
    return {"amount": -topup.amount_cents, "currency": "usd", "fee": 1500}


def payment_of(topup: Topup) -> str:
    return topup.payment_intent_id or f"pi_{topup.pk}"
