"""Stripe's objects in the wallet's terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from wallet.gateway.base import (
    CURRENCY,
    CheckoutSession,
    DisputeInfo,
    Payment,
    RefundInfo,
    SavedCard,
)

_ACTOR = re.compile(r"user:\d{1,18}", re.ASCII)


def id_of(thing: Any) -> str:
    """The id of what Stripe gives as an id, as a whole object, or not at all."""
    if isinstance(thing, str) or thing is None:
        return thing or ""
    return str(thing["id"])


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def checkout_session(session: stripe.checkout.Session) -> CheckoutSession:
    return CheckoutSession(
        id=session.id,
        url=session.url or "",
        status=session.status or "",
        payment_status=session.payment_status,
        payment_intent_id=id_of(session.payment_intent),
        amount_subtotal_cents=session.amount_subtotal or 0,
        amount_total_cents=session.amount_total or 0,
        currency=session.currency or "",
        livemode=session.livemode,
        metadata=_metadata(session.metadata),
        client_reference_id=session.client_reference_id or "",
        expires_at=moment(session.expires_at),
    )


def payment(intent: stripe.PaymentIntent) -> Payment:
    charge = intent.latest_charge
    receipt = charge.receipt_url if isinstance(charge, stripe.Charge) else None
    error = intent.last_payment_error
    return Payment(
        id=intent.id,
        status=intent.status,
        amount_cents=intent.amount,
        amount_received_cents=intent.amount_received or 0,
        currency=intent.currency,
        livemode=intent.livemode,
        metadata=_metadata(intent.metadata),
        customer_id=id_of(intent.customer),
        payment_method_id=id_of(intent.payment_method),
        receipt_url=receipt or "",
        client_secret=intent.client_secret or "",
        error_code=error_code(error) if error else "",
        created=moment(intent.created),
    )


def error_code(error: object) -> str:
    """Why a card was declined, as exactly as Stripe says; it leaves out what does not apply."""
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "")


def actor_of(metadata: Mapping[str, str] | None) -> str:
    """Who of us asked for a refund, by its metadata; empty unless it names an account of ours.

    Whoever works in Stripe's dashboard can write there what they like: what looks otherwise is
    not believed.
    """
    actor = str((metadata or {}).get("actor") or "")
    return actor if _ACTOR.fullmatch(actor) else ""


def refund_info(refund: stripe.Refund) -> RefundInfo:
    return RefundInfo(
        id=refund.id,
        payment_intent_id=id_of(refund.payment_intent),
        amount_cents=refund.amount,
        currency=refund.currency,
        status=refund.status or "",
        reason=_metadata(refund.metadata).get("reason") or refund.reason or "",
        actor=actor_of(_metadata(refund.metadata)),
        created=moment(refund.created),
    )


def dispute_info(dispute: stripe.Dispute) -> DisputeInfo:
    moves = [
        (move.amount, move.fee if move.currency == CURRENCY else 0)
        for move in dispute.balance_transactions
    ]
    taken = -sum(amount for amount, _ in moves if amount < 0)
    given = sum(amount for amount, _ in moves if amount > 0)
    return DisputeInfo(
        id=dispute.id,
        payment_intent_id=id_of(dispute.payment_intent),
        amount_cents=dispute.amount,
        currency=dispute.currency,
        status=dispute.status,
        withdrawn_cents=taken,
        reinstated_cents=given,
        fee_cents=sum(fee for _, fee in moves if fee > 0),
        livemode=dispute.livemode,
        created=moment(dispute.created),
    )


def saved_card(method: stripe.PaymentMethod) -> SavedCard:
    card = method.card
    return SavedCard(
        payment_method_id=method.id,
        brand=card.brand if card else method.type,
        last4=(card.last4 or "") if card else "",
        exp_month=card.exp_month if card else 0,
        exp_year=card.exp_year if card else 0,
    )


def _metadata(given: Any) -> Mapping[str, str]:
    return dict(given.to_dict()) if given is not None else {}
