"""Giving a payment back: asked of Stripe, then taken from the wallet at once.

Should this process die in between, the webhook takes it: the same refund, booked once.
"""

from __future__ import annotations

from dataclasses import dataclass

from wallet import services
from wallet.gateway import GatewayRefused, gateway
from wallet.models import Refund, Topup


@dataclass(frozen=True)
class Claim:
    """What a refund takes from a wallet, in micro-dollars."""

    due_micros: int
    debt_micros: int
    """The part that is spent already, or held."""


def claim_of(topup: Topup, amount_cents: int) -> Claim:
    """As things stand now: what is spent or comes in until it is booked may change the debt."""
    due = topup.amount_micros * amount_cents // topup.paid_cents
    return Claim(due, max(0, due - services.available(topup.user)))


def refund(
    topup: Topup, *, amount_cents: int | None, reason: str, actor: str, idempotency_key: str
) -> Refund:
    """Give back `amount_cents` of what was paid, tax included, or None: all that is left.

    The same key gives back once. Never call it in a transaction. Raises GatewayError, with
    nothing booked: after GatewayUnavailable, ask again with the same key.
    """
    provider = gateway()
    if topup.livemode != provider.livemode or not topup.payment_intent_id:
        raise GatewayRefused("This server's key cannot give this payment back.", "wrong_mode")
    given = provider.refund(
        payment_intent_id=topup.payment_intent_id,
        amount_cents=amount_cents,
        reason=reason,
        actor=actor,
        idempotency_key=idempotency_key,
    )
    return services.book_refund(
        refund_id=given.id,
        payment_intent_id=topup.payment_intent_id,
        amount_cents=given.amount_cents,
        status=given.status,
        reason=reason,
        actor=actor,
    )
