"""What the wallet does by itself: recharge, warn, and compare itself with Stripe."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from wallet import auto_recharge, mails, reconcile
from wallet.gateway import is_configured

log = logging.getLogger(__name__)

RECONCILED = timedelta(hours=26)
"""How far back it looks each time: a day, and what Stripe was slow with."""
TURN_KEY = "reconciled-lately"


def bill() -> None:
    """One round; what fails in it is logged and keeps nothing else from being done."""
    _attempt(auto_recharge.run_due)
    _attempt(mails.send_low_balance_warnings)
    _attempt(_reconcile_in_turn)


def _attempt(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        log.exception("billing: %s failed; it is tried again", work.__qualname__)


def _reconcile_in_turn() -> None:
    """Once in RECONCILE_SECONDS, by the process that comes first."""
    seconds = settings.RECONCILE_SECONDS
    if seconds and is_configured() and cache.add(TURN_KEY, value=True, timeout=seconds):
        reconcile.quietly(since=timezone.now() - RECONCILED)


class Billing:
    """A thread that bills every `BILLING_SECONDS` until stopped."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="billing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._over.wait(settings.BILLING_SECONDS):
            try:
                bill()
            finally:
                connection.close()
