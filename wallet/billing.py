"""What the wallet does by itself: recharge, warn, and compare itself with Stripe."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from audiopod.common.rounds import Rounds, take
from wallet import auto_recharge, mails, reconcile
from wallet.gateway import is_configured

RECONCILED = timedelta(hours=26)
"""How far back it looks each time: a day, and what Stripe was slow with."""
TURN_KEY = "reconciled-lately"


def bill() -> None:
    """One round; what fails in it is logged and keeps nothing else from being done."""
    steps = (auto_recharge.run_due, mails.send_low_balance_warnings, _reconcile_in_turn)
    take("billing", steps)


def _reconcile_in_turn() -> None:
    """Once in RECONCILE_SECONDS, by the process that comes first."""
    seconds = settings.RECONCILE_SECONDS
    if seconds and is_configured() and cache.add(TURN_KEY, value=True, timeout=seconds):
        reconcile.quietly(since=timezone.now() - RECONCILED)


def rounds() -> Rounds:
    """A thread that bills every `BILLING_SECONDS` until stopped."""
    return Rounds("billing", bill, seconds=lambda: settings.BILLING_SECONDS)
