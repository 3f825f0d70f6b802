"""Short ways to what Stripe knows and no webhook told of."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from tests.wallet.gateway.recording import RecordingGateway
from wallet import topups
from wallet.gateway import DisputeInfo
from wallet.models import (
    Topup,
)
from wallet.reconcile import ReconcileReport, reconcile


def look(**options: object) -> ReconcileReport:
    return reconcile(since=timezone.now() - timedelta(hours=24), **options)


def said(findings) -> str:
    return "\n".join(map(str, findings))


def unheard(stripe: RecordingGateway) -> None:
    """Stripe lists no events either, so that only its objects tell."""
    stripe.told.clear()


def paid(stripe: RecordingGateway, user: User, cents: int = 2500, **words) -> Topup:
    """A payment on the Checkout page whose webhook was lost."""
    topup = topups.start_checkout(user, cents, **words)
    payment = stripe.pay(topup.session_id)
    topup.payment_intent_id = payment.id  # what Stripe knows; the row does not
    return topup


def dispute(topup: Topup, **changes) -> DisputeInfo:
    told = DisputeInfo(
        id="du_1",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=topup.amount_cents,
        currency="usd",
        status="needs_response",
        withdrawn_cents=topup.amount_cents,
        reinstated_cents=0,
        fee_cents=1500,
        livemode=False,
        created=timezone.now(),
    )
    return replace(told, **changes)


def refunded(
    stripe: RecordingGateway, topup: Topup, cents: int | None = None, *, actor: str = "", **changes
) -> str:
    made = stripe.refund(
        payment_intent_id=topup.payment_intent_id,
        amount_cents=cents,
        reason="a mistake",
        actor=actor,
        idempotency_key=str(uuid.uuid4()),
    )
    stripe.given_back[made.id] = replace(made, **changes)
    return made.id
