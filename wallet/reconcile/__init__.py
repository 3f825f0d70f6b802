"""Compares what Stripe says with what is booked here, and mends what a lost webhook left.

It books by the functions and the keys that the webhook uses, so that both may come at once.
"""

from wallet.reconcile.report import Finding, ReconcileReport, Total
from wallet.reconcile.work import quietly, reconcile

__all__ = ["Finding", "ReconcileReport", "Total", "quietly", "reconcile"]
