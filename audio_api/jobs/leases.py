"""A worker's claim on a job, kept alive while it works."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import timedelta
from types import TracebackType

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from audio_api.models import Job
from wallet import services as wallet

log = logging.getLogger(__name__)

HOLD_MARGIN_SECONDS = 120
"""A hold outlives its job's lease by this: it expires with the job, never before it."""


class LeaseLost(Exception):
    """Another worker, or the sweeper, has the job now: nothing may be written for it."""


class Lease:
    """Renews the lease and the hold of one attempt from a thread, until left.

    Whoever loses the lease is told at the next `check()`; the fence in every write
    (`Job.objects.held_by`) is what makes that safe.
    """

    def __init__(self, job_id: uuid.UUID, attempt: int) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.seconds = settings.JOB_LEASE_SECONDS
        self.give_up_at = time.monotonic() + settings.JOB_TIME_LIMIT_SECONDS
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

    def check(self) -> None:
        """Raises LeaseLost."""
        if self._lost.is_set():
            raise LeaseLost(str(self.job_id))

    def _renew(self) -> None:
        try:
            while not self._over.wait(self.seconds / 3):
                if time.monotonic() > self.give_up_at or not self._renewed():
                    self._lost.set()
                    return
        finally:
            connection.close()

    def _renewed(self) -> bool:
        """False when others have the job. A database that is away now is asked the next time."""
        until = timezone.now() + timedelta(seconds=self.seconds)
        try:
            held = Job.objects.held_by(self.job_id, self.attempt).update(lease_until=until)
            if held:
                wallet.extend(job_id=self.job_id, seconds=self.seconds + HOLD_MARGIN_SECONDS)
        except (OperationalError, InterfaceError):
            log.warning("job %s: its lease could not be renewed, trying again", self.job_id)
            connection.close()
            return True
        return bool(held)
