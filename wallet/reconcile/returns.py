"""Refunds and disputes that Stripe has and the ledger has not, or has otherwise."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from audiopod.common.money import usd_cents
from wallet import services
from wallet.dispute_letters import told_once
from wallet.gateway import DisputeInfo, RefundInfo
from wallet.models import Dispute, Refund, Topup
from wallet.reconcile.payments import ACTOR, compare_payment
from wallet.reconcile.run import Run, claimed_topup
from wallet.services.payments import DISPUTE_IS_OVER, REFUND_IS_OFF


def _topup_of(run: Run, payment_intent_id: str) -> Topup | None:
    """The completed top-up that it is about, credited first if need be; None: not ours."""
    completed = Topup.objects.select_related("user").filter(
        payment_intent_id=payment_intent_id, status=Topup.Status.COMPLETED
    )
    topup = completed.first()
    if topup is not None or not payment_intent_id:
        return topup
    was_listed = payment_intent_id in run.payments  # and so compared already
    payment = run.payment(payment_intent_id)
    if payment is None or claimed_topup(payment) is None:
        return None
    if not was_listed:
        compare_payment(run, payment)
    return completed.first() or (run.topup_of(payment) if run.report.is_dry_run else None)


# --- refunds --------------------------------------------------------------------------------
def compare_refunds(run: Run) -> None:
    for refund in run.refunds:
        known = Refund.objects.filter(pk=refund.id).first()
        if known is None or _has_moved_on(known, refund):
            _book(run, refund)
        elif known.amount_cents != refund.amount_cents:
            run.wonder(
                f"refund {refund.id}",
                f"is of {usd_cents(refund.amount_cents)},"
                f" and {usd_cents(known.amount_cents)} is noted here.",
            )


def _has_moved_on(known: Refund, refund: RefundInfo) -> bool:
    return known.status != refund.status and known.status not in REFUND_IS_OFF


def _book(run: Run, refund: RefundInfo) -> None:
    topup = _topup_of(run, refund.payment_intent_id)
    if topup is None:
        return
    text = (
        f"{refund.status} refund of {usd_cents(refund.amount_cents)} to {topup.user.email} booked"
    )
    run.mend(
        f"refund {refund.id}",
        text,
        lambda: services.book_refund(
            refund_id=refund.id,
            payment_intent_id=refund.payment_intent_id,
            amount_cents=refund.amount_cents,
            status=refund.status,
            reason=refund.reason,
            actor=ACTOR if refund.status in REFUND_IS_OFF else refund.actor or ACTOR,
        ),
    )


# --- disputes -------------------------------------------------------------------------------
def compare_disputes(run: Run) -> None:
    for dispute in run.disputes:
        topup = _topup_of(run, dispute.payment_intent_id)
        if topup is not None:
            _compare_dispute(run, dispute, topup)


def _compare_dispute(run: Run, dispute: DisputeInfo, topup: Topup) -> None:
    subject, of = (
        f"dispute {dispute.id}",
        f"{usd_cents(dispute.amount_cents)} of {topup.user.email}",
    )
    known = Dispute.objects.filter(pk=dispute.id).first()
    if known is None or (known.status != dispute.status and known.status not in DISPUTE_IS_OVER):
        run.mend(subject, f"{of}: noted as {dispute.status}", lambda: _note(dispute))
    ours = Dispute.objects.filter(pk=dispute.id)
    if dispute.withdrawn_cents and not ours.filter(withdrawn_at__isnull=False).exists():
        _mend_money(run, dispute, "w", f"{of}: what the bank has taken is booked")
    if dispute.reinstated_cents and not ours.filter(reinstated_at__isnull=False).exists():
        _mend_money(run, dispute, "r", f"{of}: what the bank has given back is booked")


@transaction.atomic
def _note(dispute: DisputeInfo) -> None:
    with told_once(dispute.id, dispute.payment_intent_id):
        services.note_dispute(**_facts(dispute))


def _mend_money(run: Run, dispute: DisputeInfo, leg: str, text: str) -> None:
    def move() -> None:
        if leg == "w":
            services.withdraw_dispute(**_facts(dispute), fee_cents=dispute.fee_cents)
        else:
            services.reinstate_dispute(**_facts(dispute))

    run.mend(f"dispute {dispute.id}", text, move)


def _facts(dispute: DisputeInfo) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "payment_intent_id": dispute.payment_intent_id,
        "amount_cents": dispute.amount_cents,
        "status": dispute.status,
    }
