"""What is booked here: does Stripe know it, and do both sides sum to the same?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Sum

from audiopod.common import money
from wallet.gateway import DisputeInfo
from wallet.models import Dispute, Posting, Refund, Topup
from wallet.reconcile.payments import compare_payment
from wallet.reconcile.report import Total
from wallet.reconcile.run import Run, claimed_topup
from wallet.services.payments import REFUND_IS_OFF

KEYS_AT_ONCE = 500


# --- one by one -----------------------------------------------------------------------------
def compare_topups(run: Run) -> None:
    """Top-ups that were completed here in the meantime are payments that Stripe shows so."""
    completed = Topup.objects.filter(
        status=Topup.Status.COMPLETED,
        livemode=run.gateway.livemode,
        completed_at__gte=run.since,
        completed_at__lt=run.began,
    )
    for topup in completed.select_related("user").order_by("completed_at"):
        _compare_topup(run, topup)


def _compare_topup(run: Run, topup: Topup) -> None:
    was_listed = topup.payment_intent_id in run.payments
    payment = run.payment(topup.payment_intent_id or "")
    subject = f"top-up {topup.pk}"
    if payment is None:
        run.wonder(subject, f"Stripe does not know its payment {topup.payment_intent_id}.")
    elif payment.status != "succeeded":
        run.wonder(subject, f"Stripe says that its payment {payment.id} is {payment.status}.")
    elif claimed_topup(payment) != topup.pk:
        run.wonder(subject, f"its payment {payment.id} names {claimed_topup(payment)} at Stripe.")
    elif not was_listed:
        compare_payment(run, payment)


def compare_refund_rows(run: Run) -> None:
    """Refunds that were booked here, of payments that Stripe has listed, are listed as well."""
    listed = {refund.id for refund in run.refunds}
    booked = Refund.objects.exclude(status__in=REFUND_IS_OFF).filter(
        created_at__gte=run.since, created_at__lt=run.began, topup__livemode=run.gateway.livemode
    )
    for refund in booked.select_related("topup"):
        payment = run.payments.get(refund.topup.payment_intent_id or "")
        if payment and payment.created >= run.since and refund.pk not in listed:
            run.wonder(f"refund {refund.pk}", "is booked here, and Stripe does not list it.")


# --- in sum ---------------------------------------------------------------------------------
def totals(run: Run) -> list[Total]:
    """What Stripe has moved since then, beside what is booked of it."""
    return [_payments(run), _refunds(run), _disputes(run)]


def _payments(run: Run) -> Total:
    listed = {
        payment.id: payment
        for payment in run.payments.values()
        if payment.created >= run.since and payment.status == "succeeded"
    }
    ours = [payment for payment in listed.values() if run.topup_of(payment)]
    rows = _topups_of([payment.id for payment in ours])
    return Total(
        name="payments",
        count=len(ours),
        stripe_micros=_micros(payment.amount_received_cents for payment in ours),
        tax_micros=_micros(row.paid_cents - row.amount_cents for row in rows.values()),
        booked_micros=-_moved([f"pi:{payment.id}" for payment in ours]),
    )


def _refunds(run: Run) -> Total:
    rows = _topups_of([refund.payment_intent_id for refund in run.refunds])
    ours = [
        refund
        for refund in run.refunds
        if refund.payment_intent_id in rows and refund.status not in REFUND_IS_OFF
    ]
    given = Refund.objects.in_bulk([refund.id for refund in ours])
    taxed = [
        (refund.amount_cents, given[refund.id].clawed_back_micros)
        for refund in ours
        if refund.id in given and _has_tax(rows[refund.payment_intent_id])
    ]
    return Total(
        name="refunds",
        count=len(ours),
        stripe_micros=_micros(refund.amount_cents for refund in ours),
        tax_micros=sum(_micros([cents]) - micros for cents, micros in taxed),
        booked_micros=_moved([f"re:{refund.id}" for refund in ours]),
    )


def _disputes(run: Run) -> Total:
    rows = _topups_of([dispute.payment_intent_id for dispute in run.disputes])
    ours = [dispute for dispute in run.disputes if dispute.payment_intent_id in rows]
    known = Dispute.objects.in_bulk([dispute.id for dispute in ours])
    # by the disputed amount: what moved is in the currency of our account at Stripe
    net = {dispute.id: dispute.amount_cents if _is_gone(dispute) else 0 for dispute in ours}
    # a bank takes the tax as well, and may take what was refunded before
    not_credit = [
        _micros([net[dispute.id]]) - known[dispute.id].withdrawn_micros
        for dispute in ours
        if dispute.id in known and _is_worth_less(rows[dispute.payment_intent_id])
    ]
    keys = [f"dp:{dispute.id}:w" for dispute in ours if dispute.withdrawn_cents]
    keys += [f"dp:{dispute.id}:r" for dispute in ours if dispute.reinstated_cents]
    return Total(
        name="disputes",
        count=len(ours),
        stripe_micros=_micros(net.values()),
        tax_micros=sum(not_credit),
        booked_micros=_moved(keys),
    )


def _is_gone(dispute: DisputeInfo) -> bool:
    """The bank has the money."""
    return bool(dispute.withdrawn_cents and not dispute.reinstated_cents)


def _has_tax(topup: Topup) -> bool:
    return topup.paid_cents != topup.amount_cents


def _is_worth_less(topup: Topup) -> bool:
    return _has_tax(topup) or topup.refunded_cents > 0


def _topups_of(payment_intent_ids: Sequence[str]) -> dict[str, Topup]:
    """Completed top-ups by their payment."""
    found: dict[str, Topup] = {}
    for start in range(0, len(payment_intent_ids), KEYS_AT_ONCE):
        some = payment_intent_ids[start : start + KEYS_AT_ONCE]
        rows = Topup.objects.filter(payment_intent_id__in=some, status=Topup.Status.COMPLETED)
        found |= {row.payment_intent_id or "": row for row in rows}
    return found


def _moved(keys: Sequence[str]) -> int:
    """Micro-dollars that entries of these keys move to our account at Stripe, but for fees."""
    total = 0
    for start in range(0, len(keys), KEYS_AT_ONCE):
        legs = Posting.objects.filter(
            entry__idempotency_key__in=keys[start : start + KEYS_AT_ONCE],
            account__in=[Posting.Account.STRIPE, Posting.Account.FEES],
        )
        total += legs.aggregate(total=Sum("amount_micros"))["total"] or 0
    return total


def _micros(cents: Iterable[int]) -> int:
    return sum(cents) * money.MICROS_PER_CENT
