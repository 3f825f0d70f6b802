"""The result of a request with an `Idempotency-Key`, kept before it is paid for."""

from __future__ import annotations

import tempfile
from types import TracebackType

from django.core.files import File
from django.core.files.storage import default_storage

from audio_api.jobs import settlement
from audio_api.jobs.idempotency import RESULTS
from audio_api.jobs.leases import Lease
from audio_api.jobs.settlement import Outcome
from audio_api.models import Job

IN_MEMORY_BYTES = 1024 * 1024


class Keeper:
    """Takes what is sent to the client; `succeed` keeps it and settles the job.

    The file is in the storage before the job says so. One that no job comes to know is left to
    the sweeper: after a lost connection it is not known whether the commit went through.
    """

    def __init__(self, job: Job, lease: Lease) -> None:
        self.job = job
        self.attempt = lease.attempt
        # one file for each attempt: one that was taken for dead may still be writing
        self.path = f"{RESULTS}/{job.id}-{lease.attempt}"
        self._spool = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed in __exit__

    def __enter__(self) -> Keeper:
        return self

    def write(self, data: bytes) -> None:
        self._spool.write(data)

    def succeed(self, *, audio_ms: int, head: bytes = b"") -> Outcome:
        """Keep it and charge for it. Raises as `settlement.succeed`.

        head: takes the place of the first bytes, which were sent before the length was known.
        """
        self._spool.seek(0)
        self._spool.write(head)
        self._spool.seek(0)
        path = default_storage.save(self.path, File(self._spool))
        return settlement.succeed(
            self.job,
            self.attempt,
            audio_ms=audio_ms,
            first_byte_at=self.job.first_byte_at,
            result=path,
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._spool.close()
