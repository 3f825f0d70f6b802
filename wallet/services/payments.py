"""Payments that Stripe has told us of: credited, refunded, disputed, each once.

Each function is one transaction and may be called again, in any order, by any number of
processes: the keys of the ledger are Stripe's own ids. Locks: the top-up, then the wallet.
"""

from __future__ import annotations

import logging
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from audiopod.common import money
from wallet.exceptions import PaymentConflict
from wallet.models import Dispute, JournalEntry, Posting, Refund, Topup
from wallet.services import movements

log = logging.getLogger(__name__)

Kind = JournalEntry.Kind

REFUND_IS_OFF = ("failed", "canceled")
"""Statuses of a refund whose money has come back to us."""

DISPUTE_IS_OVER = ("won", "lost", "warning_closed", "prevented")


def complete_topup(
    *,
    topup_id: uuid.UUID,
    payment_intent_id: str,
    paid_cents: int,
    receipt_url: str = "",
    actor: str = "stripe",
) -> JournalEntry:
    """Credit a payment that was made, whatever became of its attempt before.

    paid_cents: what Stripe took, with tax. Again, it returns the first entry.
    Raises Topup.DoesNotExist, and PaymentConflict when less was paid than was asked for, when
    another payment has completed the top-up, or when this payment has completed another one.
    """
    try:
        with transaction.atomic():
            topup = _locked(topup_id)
            if topup.status == Topup.Status.COMPLETED:
                return _first_entry(topup, payment_intent_id)
            _require_paid(topup, payment_intent_id, paid_cents)
            entry = _entry(Kind.TOPUP, f"pi:{payment_intent_id}", actor)
            topup.status, topup.error = Topup.Status.COMPLETED, ""
            topup.payment_intent_id, topup.paid_cents = payment_intent_id, paid_cents
            topup.receipt_url, topup.completed_at = receipt_url, timezone.now()
            topup.save()
            movements.put(
                entry,
                user=topup.user,
                amount_micros=topup.amount_micros,
                against=Posting.Account.STRIPE,
            )
            transaction.on_commit(lambda: _report_closed(topup), robust=True)
            return entry
    except IntegrityError as error:
        raise PaymentConflict(f"Payment {payment_intent_id} is another top-up's.") from error


def _report_closed(topup: Topup) -> None:
    """A payment that was on its way when its account was closed: staff give it back. Asked after
    the commit, by when a closing at the same moment is seen, or sees the money itself."""
    if User.objects.filter(pk=topup.user_id, closed_at__isnull=False).exists():
        log.error(
            "Top-up %s of %s was paid after account %s was closed: refund it on its admin page.",
            topup.pk,
            money.usd_cents(topup.amount_cents),
            topup.user_id,
        )


def _locked(topup_id: uuid.UUID) -> Topup:
    return Topup.objects.select_for_update(of=("self",)).select_related("user").get(pk=topup_id)


def _first_entry(topup: Topup, payment_intent_id: str) -> JournalEntry:
    if topup.payment_intent_id != payment_intent_id:
        raise PaymentConflict(
            f"Top-up {topup.pk} was paid by {topup.payment_intent_id}, and now {payment_intent_id}"
            " is said to pay it: refund one of the two."
        )
    return JournalEntry.objects.get(idempotency_key=f"pi:{payment_intent_id}")


def _require_paid(topup: Topup, payment_intent_id: str, paid_cents: int) -> None:
    if paid_cents < topup.amount_cents:
        raise PaymentConflict(
            f"Payment {payment_intent_id} is of {paid_cents} cents, and top-up {topup.pk} asked"
            f" for {topup.amount_cents}."
        )


def mark_topup(*, topup_id: uuid.UUID, status: Topup.Status, error: str = "") -> bool:
    """Note what became of an attempt that is not paid; one that has ended stays as it is."""
    if status == Topup.Status.COMPLETED:
        raise ValueError("Only complete_topup completes a top-up.")
    unfinished = Topup.objects.unfinished().filter(pk=topup_id)
    return bool(unfinished.update(status=status, error=error[:500]))


def _paid_by(payment_intent_id: str) -> Topup:
    """The completed top-up of a payment, locked. Raises Topup.DoesNotExist."""
    return (
        Topup.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(payment_intent_id=payment_intent_id, status=Topup.Status.COMPLETED)
    )


# --- refunds --------------------------------------------------------------------------------


@transaction.atomic
def book_refund(
    *,
    refund_id: str,
    payment_intent_id: str,
    amount_cents: int,
    status: str,
    reason: str = "",
    actor: str = "stripe",
) -> Refund:
    """Take back from the wallet what was refunded; give it again when the refund fails.

    amount_cents: what the card gets, with tax; the wallet gives the same share of its credit.
    Raises Topup.DoesNotExist when no payment of ours was refunded, PaymentConflict when more
    was refunded than was paid.
    """
    topup = _paid_by(payment_intent_id)
    refund = Refund.objects.filter(pk=refund_id).first()
    if refund is None:
        return _new_refund(topup, refund_id, amount_cents, status, reason[:200], actor)
    if refund.status not in REFUND_IS_OFF:
        if status in REFUND_IS_OFF:
            _refund_failed(topup, refund, actor)
        refund.status = status
        refund.save(update_fields=["status", "clawed_back_micros"])
    return refund


def _new_refund(
    topup: Topup, refund_id: str, amount_cents: int, status: str, reason: str, actor: str
) -> Refund:
    refund = Refund(
        pk=refund_id,
        topup=topup,
        amount_cents=amount_cents,
        clawed_back_micros=0,
        status=status,
        reason=reason,
        actor=actor,
    )
    if status not in REFUND_IS_OFF:
        topup.refunded_cents += amount_cents
        if topup.refunded_cents > topup.paid_cents:
            raise PaymentConflict(
                f"Refund {refund_id} takes the refunds of {topup.payment_intent_id} to"
                f" {topup.refunded_cents} cents, and {topup.paid_cents} were paid."
            )
        topup.save(update_fields=["refunded_cents"])
        refund.clawed_back_micros = _owed(topup) - _taken(topup)
        _claw_back(Kind.REFUND, f"re:{refund_id}", topup, refund.clawed_back_micros, reason, actor)
    refund.save(force_insert=True)
    return refund


def _refund_failed(topup: Topup, refund: Refund, actor: str) -> None:
    topup.refunded_cents -= refund.amount_cents
    topup.save(update_fields=["refunded_cents"])
    back = _taken(topup) - _owed(topup)  # not what a dispute has taken meanwhile
    if back:
        entry = _entry(Kind.REFUND_FAILED, f"re:{refund.pk}:failed", actor)
        movements.put(entry, user=topup.user, amount_micros=back, against=Posting.Account.STRIPE)
    refund.clawed_back_micros -= back


def _owed(topup: Topup) -> int:
    """What the wallet has to give for what is gone of a payment, each cent of it once.

    So refunds and disputes come to the same in any order: whichever comes second takes what the
    first has left, and whichever is undone gives back only what the other does not need.
    """
    gone = topup.disputes.filter(withdrawn_at__isnull=False, reinstated_at=None)
    cents = topup.refunded_cents + (gone.aggregate(total=Sum("amount_cents"))["total"] or 0)
    return _due(topup, min(cents, topup.paid_cents))


def _taken(topup: Topup) -> int:
    """What it has given so far."""
    return _clawed_back(topup) + _withdrawn(topup)


def _due(topup: Topup, cents: int) -> int:
    """The wallet's share of so many cents of what was paid: all of it for all."""
    return topup.amount_micros * cents // topup.paid_cents


def _clawed_back(topup: Topup) -> int:
    return topup.refunds.aggregate(total=Sum("clawed_back_micros"))["total"] or 0


# --- disputes -------------------------------------------------------------------------------


@transaction.atomic
def note_dispute(
    *, dispute_id: str, payment_intent_id: str, amount_cents: int, status: str
) -> Dispute:
    """Note where a dispute stands. Spending is frozen until it is over.

    An inquiry (`warning_…`) freezes nothing: no money has moved. A dispute that is lost freezes
    until its money was withdrawn; from then on a debt does. Raises Topup.DoesNotExist.
    """
    return _dispute(_paid_by(payment_intent_id), dispute_id, amount_cents, status)


@transaction.atomic
def withdraw_dispute(
    *,
    dispute_id: str,
    payment_intent_id: str,
    amount_cents: int,
    status: str,
    fee_cents: int = 0,
) -> Dispute:
    """The bank has taken the money: so do we, and the fee is ours. Raises as `note_dispute`."""
    topup = _paid_by(payment_intent_id)
    dispute = _dispute(topup, dispute_id, amount_cents, status)
    if dispute.withdrawn_at is None:
        dispute.withdrawn_at = timezone.now()
        dispute.save(update_fields=["withdrawn_at"])
        dispute.withdrawn_micros = due = _owed(topup) - _taken(topup)
        fee = fee_cents * money.MICROS_PER_CENT
        key = f"dp:{dispute_id}:w"
        _claw_back(Kind.DISPUTE, key, topup, due, "", "stripe", fee_micros=fee)
        _freeze_or_not(topup, dispute)
    return dispute


@transaction.atomic
def reinstate_dispute(
    *, dispute_id: str, payment_intent_id: str, amount_cents: int, status: str
) -> Dispute:
    """The bank has given the money back: so do we.

    Raises as `note_dispute`, and PaymentConflict before the money was withdrawn.
    """
    topup = _paid_by(payment_intent_id)
    withdrawn = Dispute.objects.filter(pk=dispute_id, withdrawn_at__isnull=False)
    if not withdrawn.exists():
        raise PaymentConflict(f"The money of dispute {dispute_id} was never withdrawn.")
    dispute = _dispute(topup, dispute_id, amount_cents, status)
    if dispute.reinstated_at is None:
        dispute.reinstated_at = timezone.now()
        dispute.save(update_fields=["reinstated_at"])
        given = _taken(topup) - _owed(topup)
        dispute.withdrawn_micros -= given
        dispute.save(update_fields=["withdrawn_micros"])
        if given:
            movements.put(
                _entry(Kind.DISPUTE_WON, f"dp:{dispute_id}:r", "stripe"),
                user=topup.user,
                amount_micros=given,
                against=Posting.Account.STRIPE,
            )
    return dispute


def _dispute(topup: Topup, dispute_id: str, amount_cents: int, status: str) -> Dispute:
    """The row of a dispute, brought up to date, and the wallet frozen or not."""
    new = Dispute(pk=dispute_id, topup=topup, amount_cents=amount_cents, status=status)
    dispute = Dispute.objects.filter(pk=dispute_id).first() or new
    if dispute.status not in DISPUTE_IS_OVER:  # what comes late says nothing new
        dispute.status = status
    if dispute.status in DISPUTE_IS_OVER and dispute.closed_at is None:
        dispute.closed_at = timezone.now()
    _freeze_or_not(topup, dispute)
    return dispute


def _freeze_or_not(topup: Topup, dispute: Dispute) -> None:
    """Save a dispute, and freeze the wallet while one of its disputes does so."""
    dispute.is_freezing = _freezes(dispute)
    dispute.save()
    wallet = movements.locked_wallet(topup.user)
    freezing = Dispute.objects.filter(topup__user=topup.user, is_freezing=True)
    wallet.is_frozen = freezing.exists()
    wallet.save(update_fields=["is_frozen"])


def _freezes(dispute: Dispute) -> bool:
    if dispute.status == "lost":
        return dispute.withdrawn_at is None
    return dispute.status not in DISPUTE_IS_OVER and not dispute.status.startswith("warning_")


def _withdrawn(topup: Topup) -> int:
    return topup.disputes.aggregate(total=Sum("withdrawn_micros"))["total"] or 0


# --- the ledger -----------------------------------------------------------------------------


def _claw_back(
    kind: JournalEntry.Kind,
    key: str,
    topup: Topup,
    amount_micros: int,
    reason: str,
    actor: str,
    *,
    fee_micros: int = 0,
) -> None:
    if amount_micros or fee_micros:
        movements.take_back(
            _entry(kind, key, actor, reason),
            user=topup.user,
            amount_micros=amount_micros,
            against=Posting.Account.STRIPE,
            fee_micros=fee_micros,
        )


def _entry(kind: JournalEntry.Kind, key: str, actor: str, reason: str = "") -> JournalEntry:
    return JournalEntry.objects.create(
        kind=kind, idempotency_key=key, actor=actor[:100], reason=reason
    )
