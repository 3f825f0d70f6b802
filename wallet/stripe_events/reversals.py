"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from contextlib import AbstractContextManager

from wallet import services
from wallet.dispute_letters import told_once
from wallet.gateway import CURRENCY
from wallet.gateway.readings import actor_of, id_of
from wallet.services.payments import REFUND_IS_OFF
from wallet.stripe_events.matching import Fields, require

ACTOR = "stripe"
"""Of a refund that somebody made at Stripe itself."""


def refunded(refund: Fields) -> str:
    require(refund)
    metadata = refund.get("metadata") or {}
    is_off = refund["status"] in REFUND_IS_OFF  # by the bank, whoever had asked for it
    actor = ACTOR if is_off else actor_of(metadata) or ACTOR
    booked = services.book_refund(
        refund_id=refund["id"],
        payment_intent_id=id_of(refund["payment_intent"]),
        amount_cents=refund["amount"],
        status=refund["status"] or "pending",
        reason=metadata.get("reason") or refund.get("reason") or "",
        actor=actor,
    )
    return f"the refund is {booked.status}"


def dispute_noted(dispute: Fields) -> str:
    require(dispute)
    with _letters(dispute):
        noted = services.note_dispute(**_told(dispute))
    return f"the dispute is {noted.status}"


def funds_withdrawn(dispute: Fields) -> str:
    require(dispute)
    with _letters(dispute):
        noted = services.withdraw_dispute(**_told(dispute), fee_cents=_fee_cents(dispute))
    return f"withdrawn, the dispute is {noted.status}"


def funds_reinstated(dispute: Fields) -> str:
    require(dispute)
    with _letters(dispute):
        noted = services.reinstate_dispute(**_told(dispute))
    return f"reinstated, the dispute is {noted.status}"


def _letters(dispute: Fields) -> AbstractContextManager[None]:
    return told_once(dispute["id"], id_of(dispute["payment_intent"]))


def _told(dispute: Fields) -> Fields:
    return {
        "dispute_id": dispute["id"],
        "payment_intent_id": id_of(dispute["payment_intent"]),
        "amount_cents": dispute["amount"],
        "status": dispute["status"],
    }


def _fee_cents(dispute: Fields) -> int:
    """What Stripe charges us for it. In another currency than ours it is not in our ledger."""
    moves = dispute.get("balance_transactions") or []
    return sum(move["fee"] for move in moves if move["currency"] == CURRENCY and move["fee"] > 0)
