"""A worker's claim on a job, kept alive while it works."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from audio_api.channel.watch import RENEWALS
from audio_api.models import Job
from wallet import services as wallet

log = logging.getLogger(__name__)

HOLD_MARGIN_SECONDS = 120
"""A hold outlives its job's lease by this: it expires with the job, never before it."""

LAST_RENEWAL_SECONDS = 1.0
"""How long the end of a work waits for a renewal that is under way."""
RETRY_SECONDS = 1.0
"""How soon a database that was away is asked again: the sweeper looks at leases when it is back."""


class LeaseLost(Exception):
    """Another worker, or the sweeper, has the job now: nothing may be written for it."""


class Lease:
    """Renews the lease and the hold of one attempt from a thread, until left.

    Whoever loses the lease is told at the next `check()`; the fence in every write
    (`Job.objects.held_by`) is what makes that safe. give_up: ends the job when it has taken longer
    than JOB_TIME_LIMIT_SECONDS; from the same thread, since the work may hang.
    """

    def __init__(
        self, job_id: uuid.UUID, attempt: int, *, give_up: Callable[[], None] = lambda: None
    ) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.seconds = settings.JOB_LEASE_SECONDS
        self._give_up = give_up
        self._give_up_at = time.monotonic() + settings.JOB_TIME_LIMIT_SECONDS
        self._over = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{job_id}", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        # it is renewed by nobody after the end of its work; a database that is away delays none
        self._thread.join(LAST_RENEWAL_SECONDS)

    def check(self) -> None:
        """Raises LeaseLost."""
        if self._lost.is_set():
            raise LeaseLost(str(self.job_id))

    def _renew(self) -> None:
        try:
            wait_seconds = self.seconds / RENEWALS
            while not self._over.wait(wait_seconds):
                try:
                    if not self._renewed():
                        return
                    wait_seconds = self.seconds / RENEWALS
                except (OperationalError, InterfaceError):
                    log.warning("job %s: its lease could not be renewed", self.job_id)
                    connection.close()
                    wait_seconds = min(RETRY_SECONDS, self.seconds / RENEWALS)
        finally:
            self._lost.set()
            connection.close()

    def _renewed(self) -> bool:
        """False when others have the job, or it has taken too long."""
        if time.monotonic() > self._give_up_at:
            self._give_up()
            return False
        until = timezone.now() + timedelta(seconds=self.seconds)
        mine = Job.objects.held_by(self.job_id, self.attempt)
        # one that waits for its client already has longer
        held = mine.filter(lease_until__lt=until).update(lease_until=until) or mine.exists()
        if held:
            wallet.extend(job_id=self.job_id, seconds=self.seconds + HOLD_MARGIN_SECONDS)
        return bool(held)
