"""Attempts that have not become a payment: what does Stripe say has become of them?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from wallet import auto_recharge, services
from wallet.gateway import CheckoutSession, GatewayRefused, Payment
from wallet.models import AutoRecharge, Topup
from wallet.reconcile.payments import compare_payment
from wallet.reconcile.run import MISSING, Run, claimed_topup

Status = Topup.Status

LEFT_ALONE = timedelta(minutes=15)
"""An attempt so young is still being made."""
KEY_FORGOTTEN = timedelta(hours=24)
"""From then on no process asks Stripe for a charge again."""
CALL_TAKES = timedelta(minutes=2)
"""The longest that a call to Stripe can be on its way."""

NEVER_ASKED = "The payment provider has never heard of it: nothing was charged."
DECLINED = "The card was declined."


def old_attempts(run: Run) -> QuerySet[Topup]:
    unfinished = Topup.objects.unfinished().select_related("user")
    of_mode = unfinished.filter(livemode=run.gateway.livemode)
    return of_mode.filter(created_at__lt=run.began - LEFT_ALONE).order_by("created_at")


def unanswered_since(run: Run) -> datetime:
    """From when on payments are to be listed, to find those whose id never reached us."""
    oldest = old_attempts(run).filter(session_id=None, payment_intent_id=None).first()
    return min(run.since, oldest.created_at - timedelta(minutes=1)) if oldest else run.since


def close_attempts(run: Run) -> None:
    """Mark what is over, credit what is paid."""
    listed = {claimed_topup(payment): payment for payment in run.payments.values()}
    for topup in old_attempts(run):
        if topup.session_id:
            _compare_page(run, topup, topup.session_id)
        elif payment := listed.get(topup.pk):
            _compare_attempt(run, topup, payment)
        elif topup.payment_intent_id:
            _compare_attempt(run, topup, run.payment(topup.payment_intent_id))
        elif _nobody_asks_again(topup, run.began):
            _mark(run, topup, Status.FAILED, NEVER_ASKED)


def _compare_page(run: Run, topup: Topup, session_id: str) -> None:
    session = _session(run, session_id)
    if session is None:
        _mark(run, topup, Status.EXPIRED, NEVER_ASKED)
    elif session.status == "expired":
        _mark(run, topup, Status.EXPIRED, "")
    elif session.status == "complete":
        _compare_attempt(run, topup, run.payment(session.payment_intent_id))


def _session(run: Run, session_id: str) -> CheckoutSession | None:
    try:
        return run.gateway.checkout(session_id)
    except GatewayRefused as refusal:
        if refusal.code == MISSING:
            return None
        raise


def _compare_attempt(run: Run, topup: Topup, payment: Payment | None) -> None:
    if payment is None:
        _mark(run, topup, Status.EXPIRED, NEVER_ASKED)
    elif payment.status == "succeeded":
        compare_payment(run, payment)
    elif payment.status == "processing":
        _mark(run, topup, Status.PROCESSING, "")
    elif payment.status == "canceled":
        _mark(run, topup, Status.FAILED, "The payment was cancelled.")
    elif topup.kind == Topup.Kind.AUTO:
        _charge_failed(run, topup, payment)
    elif topup.session_id:  # the page is over, and what was to pay later did not
        _mark(run, topup, Status.FAILED, DECLINED)
    elif _is_past(topup, run.began):
        _mark(run, topup, Status.EXPIRED, "")


def _charge_failed(run: Run, topup: Topup, payment: Payment) -> None:
    code = payment.error_code
    if payment.status == "requires_action":
        code = auto_recharge.AUTHENTICATION_REQUIRED
    run.mend(
        f"top-up {topup.pk}",
        f"auto-recharge of {topup.user.email} failed: {code or DECLINED}",
        lambda: auto_recharge.payment_failed(topup, code, DECLINED),
    )


def _mark(run: Run, topup: Topup, status: Status, error: str) -> None:
    if topup.status != status:
        run.mend(
            f"top-up {topup.pk}",
            f"of {topup.user.email} is {status.value}",
            lambda: services.mark_topup(topup_id=topup.pk, status=status, error=error),
        )


def _nobody_asks_again(topup: Topup, now: datetime) -> bool:
    """Of an attempt that Stripe does not list and whose answer never came."""
    if topup.kind != Topup.Kind.AUTO:
        return _is_past(topup, now)
    order = AutoRecharge.objects.filter(pk=topup.user_id).first()
    if order is None or topup.created_at < now - KEY_FORGOTTEN:
        return True
    is_on = order.is_enabled and order.state == AutoRecharge.State.ACTIVE
    wants_it = is_on and order.updated_at <= topup.created_at
    return not wants_it and order.updated_at < now - CALL_TAKES


def _is_past(topup: Topup, now: datetime) -> bool:
    return topup.expires_at is None or topup.expires_at < now - LEFT_ALONE
