"""Payments that Stripe has and the ledger has not."""

from __future__ import annotations

from django.db import transaction

from audiopod.common.money import usd_cents
from wallet import auto_recharge, services
from wallet.gateway import CURRENCY, Payment
from wallet.models import Topup
from wallet.reconcile.run import Run, claimed_topup

ACTOR = "reconciler"


def compare_payments(run: Run) -> None:
    for payment in list(run.payments.values()):
        compare_payment(run, payment)


def compare_payment(run: Run, payment: Payment) -> None:
    """Credit it if that was not done; say what does not fit."""
    if claimed_topup(payment) is None or payment.status != "succeeded":
        return
    subject, topup = f"payment {payment.id}", run.topup_of(payment)
    if topup is None:
        run.wonder(
            subject,
            f"{usd_cents(payment.amount_received_cents)} was paid for top-up"
            f" {claimed_topup(payment)}, which this database does not have.",
        )
    elif problem := _misfit(run, topup, payment):
        run.wonder(subject, problem)
    elif topup.status != Topup.Status.COMPLETED:
        credit(run, topup, payment)
    elif topup.payment_intent_id != payment.id:
        run.wonder(
            subject,
            f"pays top-up {topup.pk} of {topup.user.email} again, after"
            f" {topup.payment_intent_id}: refund one of the two at Stripe.",
        )


def credit(run: Run, topup: Topup, payment: Payment) -> bool:
    """Book a payment that `compare_payment` finds nothing wrong with."""
    text = f"{usd_cents(topup.amount_cents)} credited to {topup.user.email}, top-up {topup.pk}"
    return run.mend(f"payment {payment.id}", text, lambda: _complete(topup, payment))


def _complete(topup: Topup, payment: Payment) -> None:
    with transaction.atomic():
        services.complete_topup(
            topup_id=topup.pk,
            payment_intent_id=payment.id,
            paid_cents=payment.amount_received_cents,
            receipt_url=payment.receipt_url,
            actor=ACTOR,
        )
        if topup.kind == Topup.Kind.AUTO:
            auto_recharge.completed(topup)


def _misfit(run: Run, topup: Topup, payment: Payment) -> str:
    """Why this payment can't be the one that the top-up asked for; empty when it can."""
    received, asked = payment.amount_received_cents, topup.amount_cents
    if payment.livemode != topup.livemode:
        return f"test and live payments are mixed up in top-up {topup.pk}."
    if payment.currency != CURRENCY:
        return f"is in {payment.currency}, and top-up {topup.pk} asked for {CURRENCY}."
    if payment.metadata.get("account") != str(topup.user_id):
        return f"names account {payment.metadata.get('account')}, top-up {topup.pk} another."
    if topup.status == Topup.Status.COMPLETED and topup.payment_intent_id == payment.id:
        if received != topup.paid_cents:
            return f"is of {usd_cents(received)}, and {usd_cents(topup.paid_cents)} was noted here."
    elif received != asked and not _is_tax(run, topup, payment):
        return f"is of {usd_cents(received)}, and top-up {topup.pk} asked for {usd_cents(asked)}."
    return ""


def _is_tax(run: Run, topup: Topup, payment: Payment) -> bool:
    """Whether what was paid beyond the credit is tax, by the page that it was paid on."""
    if payment.amount_received_cents < topup.amount_cents or not topup.session_id:
        return False
    session = run.gateway.checkout(topup.session_id)
    return (
        session.payment_intent_id == payment.id
        and session.amount_subtotal_cents == topup.amount_cents
        and session.amount_total_cents == payment.amount_received_cents
    )
