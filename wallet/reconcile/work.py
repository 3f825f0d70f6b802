"""A reconciliation from beginning to end."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from wallet import stripe_events
from wallet.gateway import GatewayError, gateway
from wallet.models import Dispute, Refund, StripeEvent
from wallet.reconcile.attempts import close_attempts, unanswered_since
from wallet.reconcile.booked import compare_refund_rows, compare_topups, totals
from wallet.reconcile.payments import compare_payments
from wallet.reconcile.report import Finding, ReconcileReport
from wallet.reconcile.returns import compare_disputes, compare_refunds
from wallet.reconcile.run import Run
from wallet.services.payments import REFUND_IS_OFF
from wallet.stripe_events.table import EVENT_TYPES

log = logging.getLogger(__name__)

SETTLED_REFUND = ("succeeded", *REFUND_IS_OFF)
LONGEST = timedelta(days=150)
"""From a payment to the end of a dispute of it."""
EVENTS_AT_ONCE = 100
SAID_SECONDS = 24 * 3600
"""How long the same findings are not logged again."""


def reconcile(*, since: datetime, dry_run: bool = False) -> ReconcileReport:
    """Compare what Stripe has from `since` on with what is booked, and mend what is missing.

    With `dry_run` it only says what it would mend. Refunds and disputes that are not over, and
    attempts without an answer, are looked up however old they are. Raises GatewayError.
    """
    run = Run(gateway=gateway(), since=since, began=timezone.now())
    run.report.is_dry_run = dry_run
    _ask(run)
    compare_payments(run)
    compare_refunds(run)
    compare_disputes(run)
    if not dry_run:
        replay_events(run)
    close_attempts(run)
    compare_topups(run)
    compare_refund_rows(run)
    _sum_up(run)
    return run.report


def _ask(run: Run) -> None:
    listed = run.gateway.payments(unanswered_since(run))
    run.payments = {payment.id: payment for payment in listed}
    run.refunds = sorted(run.gateway.refunds(_refunds_since(run.since)), key=lambda r: r.created)
    run.disputes = sorted(run.gateway.disputes(_disputes_since(run.since)), key=lambda d: d.created)


def _refunds_since(since: datetime) -> datetime:
    pending = (
        Refund.objects.exclude(status__in=SETTLED_REFUND).order_by("topup__created_at").first()
    )
    return _begun(since, pending)


def _disputes_since(since: datetime) -> datetime:
    on = Dispute.objects.filter(closed_at__isnull=True).order_by("topup__created_at").first()
    return _begun(since, on)


def _begun(since: datetime, oldest: Refund | Dispute | None) -> datetime:
    """Early enough for what is not over yet."""
    if oldest is None:
        return since
    return max(min(since, oldest.topup.created_at), since - LONGEST)


def replay_events(run: Run) -> None:
    """Let the webhook's code see what the webhook was never told: cards, failures, expiries."""
    listed = [event for event in run.gateway.events(run.since) if event["type"] in EVENT_TYPES]
    for start in range(0, len(listed), EVENTS_AT_ONCE):
        some = {event["id"]: event for event in listed[start : start + EVENTS_AT_ONCE]}
        settled = StripeEvent.objects.filter(
            pk__in=some, status__in=[StripeEvent.Status.HANDLED, StripeEvent.Status.IGNORED]
        )
        for event_id in set(settled.values_list("pk", flat=True)):
            del some[event_id]
        for event in sorted(some.values(), key=lambda event: event["created"]):
            receipt = stripe_events.handle(event)
            if not receipt.is_settled:
                run.wonder(f"event {event['id']}", f"{event['type']}: {receipt.outcome}")


def _sum_up(run: Run) -> None:
    report = run.report
    report.totals = totals(run)
    if report.is_dry_run and report.mended:
        return
    for total in report.totals:
        if total.difference_micros:
            text = f"Stripe and the ledger differ by {total.cells[-1]}"
            run.wonder(f"sum of {total.name}", text)


def quietly(*, since: datetime) -> None:
    """Reconcile, and log what was mended and, once a day, what nobody has explained."""
    try:
        report = reconcile(since=since)
    except GatewayError as error:
        log.warning("Not reconciled with Stripe: %s", error)
        return
    for finding in report.mended:
        log.warning("Mended what a webhook left: %s", finding)
    if report.unexplained and _is_news(report.unexplained):
        for finding in report.unexplained:
            log.error("Unexplained: %s. See `manage.py reconcile_stripe`.", finding)


def _is_news(findings: Sequence[Finding]) -> bool:
    said = hashlib.sha256("\n".join(sorted(map(str, findings))).encode()).hexdigest()
    return cache.add(f"reconcile-said:{said}", value=True, timeout=SAID_SECONDS)
