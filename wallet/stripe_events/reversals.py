"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from wallet import mails, services
from wallet.gateway import CURRENCY
from wallet.models import Dispute, Topup
from wallet.stripe_events.matching import Fields, require


def refunded(refund: Fields) -> str:
    require(refund)
    booked = services.book_refund(
        refund_id=refund["id"],
        payment_intent_id=refund["payment_intent"],
        amount_cents=refund["amount"],
        status=refund["status"],
        reason=(refund.get("metadata") or {}).get("reason") or refund.get("reason") or "",
    )
    return f"the refund is {booked.status}"


def dispute_noted(dispute: Fields) -> str:
    require(dispute)
    with _told_when_it_freezes(dispute):
        noted = services.note_dispute(**_told(dispute))
    return f"the dispute is {noted.status}"


def funds_withdrawn(dispute: Fields) -> str:
    require(dispute)
    with _told_when_it_freezes(dispute):
        noted = services.withdraw_dispute(**_told(dispute), fee_cents=_fee_cents(dispute))
    return f"withdrawn, the dispute is {noted.status}"


@contextmanager
def _told_when_it_freezes(dispute: Fields) -> Iterator[None]:
    """Tell the customer, once, when what is done here pauses their spending."""
    freezing = Dispute.objects.select_related("topup__user").filter(
        pk=dispute["id"], is_freezing=True
    )
    # the lock lets one of several events see that spending was not paused before
    Topup.objects.select_for_update().filter(payment_intent_id=dispute["payment_intent"]).first()
    before = freezing.exists()
    yield
    noted = freezing.first()
    if noted is not None and not before:
        transaction.on_commit(lambda: mails.spending_paused(noted), robust=True)


def funds_reinstated(dispute: Fields) -> str:
    require(dispute)
    noted = services.reinstate_dispute(**_told(dispute))
    return f"reinstated, the dispute is {noted.status}"


def _told(dispute: Fields) -> Fields:
    return {
        "dispute_id": dispute["id"],
        "payment_intent_id": dispute["payment_intent"],
        "amount_cents": dispute["amount"],
        "status": dispute["status"],
    }


def _fee_cents(dispute: Fields) -> int:
    """What Stripe charges us for it. In another currency than ours it is not in our ledger."""
    moves = dispute.get("balance_transactions") or []
    return sum(move["fee"] for move in moves if move["currency"] == CURRENCY and move["fee"] > 0)
