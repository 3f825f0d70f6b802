"""One reconciliation while it runs: whom it asks, from when on, what it has found."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from wallet.exceptions import PaymentConflict
from wallet.gateway import DisputeInfo, GatewayRefused, Payment, PaymentGateway, RefundInfo
from wallet.models import Topup
from wallet.reconcile.report import Finding, ReconcileReport

MISSING = "resource_missing"


@dataclass(kw_only=True)
class Run:
    gateway: PaymentGateway
    since: datetime
    began: datetime
    """What is booked here after that is not compared: Stripe was asked before."""
    report: ReconcileReport = field(default_factory=ReconcileReport)
    payments: dict[str, Payment] = field(default_factory=dict)
    """All that Stripe has listed, and those that were asked for one by one."""
    refunds: list[RefundInfo] = field(default_factory=list)
    disputes: list[DisputeInfo] = field(default_factory=list)

    def mend(self, subject: str, text: str, do: Callable[[], object]) -> bool:
        """Do it and say so; in a dry run only say so. False when it can't be done."""
        if not self.report.is_dry_run:
            try:
                do()
            except (PaymentConflict, Topup.DoesNotExist) as conflict:
                self.wonder(subject, str(conflict))
                return False
        self.report.mended.append(Finding(subject, text))
        return True

    def wonder(self, subject: str, text: str) -> None:
        """Something for a person to look at."""
        self.report.unexplained.append(Finding(subject, text))

    def payment(self, payment_intent_id: str) -> Payment | None:
        """As Stripe has it now; None when it has none of this id."""
        if payment_intent_id not in self.payments:
            try:
                found = self.gateway.payment(payment_intent_id)
            except GatewayRefused as refusal:
                if refusal.code == MISSING:
                    return None
                raise
            self.payments[payment_intent_id] = found
        return self.payments[payment_intent_id]

    def topup_of(self, payment: Payment) -> Topup | None:
        """The attempt that a payment of ours names in its metadata."""
        topup_id = claimed_topup(payment)
        found = Topup.objects.select_related("user").filter(pk=topup_id) if topup_id else None
        return found.first() if found is not None else None


def claimed_topup(payment: Payment) -> uuid.UUID | None:
    """None: another application's payment, on the same Stripe account."""
    try:
        return uuid.UUID(payment.metadata["topup"])
    except (KeyError, ValueError):
        return None
