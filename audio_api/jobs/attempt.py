"""One attempt at a detached job: its input, its signs of life, its outputs, and how it ends."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection

from audio.engines.base import EngineError, Recording, UnspeakableText
from audio_api import registry
from audio_api.jobs import files, settlement
from audio_api.jobs.leases import Lease, LeaseLost
from audio_api.jobs.params import Params
from audio_api.models import Job, JobFile
from audio_api.models.job import MAX_STAGE_CHARACTERS

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0
"""How often a worker writes down how far it is, at most."""
SETTLE_RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0)
IN_MEMORY_BYTES = 1024 * 1024

_OUR_FAULT = "The server had an error while processing this job. You were not charged."


class InputRefused(Exception):
    """The job's input cannot be worked on; its words are for the client."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Attempt:
    """One attempt at a detached job, as the work of its kind sees it."""

    def __init__(self, job: Job, lease: Lease) -> None:
        self.job = job
        self.number = lease.attempt
        self._lease = lease
        self._outputs: list[JobFile] = []
        self._learned: Params | None = None
        self._told_at = float("-inf")
        self._progress, self._stage = 0.0, ""

    def files(self, role: JobFile.Role) -> list[JobFile]:
        """The job's files of one role, in their order."""
        return list(self.job.files.filter(role=role).order_by("position"))

    @contextmanager
    def local(self, file: JobFile) -> Iterator[Path]:
        """A copy of a file on this machine, to be read for as long as it is needed. It has no name,
        so that no worker that is killed leaves it behind."""
        with tempfile.TemporaryFile() as copy, default_storage.open(file.path) as source:
            for chunk in iter(lambda: source.read(1024 * 1024), b""):
                copy.write(chunk)
            copy.flush()
            yield Path(f"/proc/self/fd/{copy.fileno()}")

    def samples(self, file: JobFile) -> Recording:
        """A decoded recording: 16 kHz mono s16le, left in its file."""
        if not file.bytes:
            return np.zeros(0, dtype="<i2")  # nothing cannot be mapped
        with default_storage.open(file.path) as opened:
            return np.memmap(opened, dtype="<i2", mode="r")

    def alive(self, *, progress: float = 0.0, stage: str = "") -> None:
        """A sign of life, and how far the work is: 0 to 1, and never less than before.

        stage: what is being done, in a word of at most 32 characters; it stays until the next.
        Raises LeaseLost when the job was cancelled, deleted or given to another worker.
        """
        self._lease.check()
        self._progress = min(1.0, max(self._progress, progress))
        self._stage = stage[:MAX_STAGE_CHARACTERS] or self._stage
        if time.monotonic() - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = time.monotonic()
        told = {"progress": min(99, round(100 * self._progress)), "stage": self._stage}
        try:
            held = Job.objects.held_by(self.job.id, self.number).update(**told)
        except (OperationalError, InterfaceError):
            # hours of work are worth more than a line about them; the lease is asked all the same
            log.warning(
                "job %s: the database does not answer, its progress is not told", self.job.id
            )
            connection.close()
            return
        if not held:
            raise LeaseLost(str(self.job.id))

    @contextmanager
    def output(self, name: str, *, file_name: str, content_type: str) -> Iterator[IO[bytes]]:
        """A file to write an output to. It is stored when the block is left without an error, and
        has its row when the job has succeeded."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as spool:
            yield spool
            spool.seek(0)
            self._outputs.append(
                files.keep(
                    self.job,
                    JobFile.Role.OUTPUT,
                    name,
                    spool,
                    file_name=file_name,
                    content_type=content_type,
                )
            )

    def hold_less(self, *, most_ms: int, params: Params) -> None:
        """Let go of money that was held for audio that there is not: at most so many milliseconds
        will be charged. params: what the job is asked from now on. Raises LeaseLost."""
        try:
            settlement.hold_less(self.job, self.number, most_ms=most_ms, params=params.stored())
        except (OperationalError, InterfaceError):
            # the work goes on: its end gives back what is not charged
            log.warning("job %s: the database does not answer, its hold stays", self.job.id)
            connection.close()

    def learned(self, params: Params) -> None:
        """What the job is asked, with what its work has found out. It is written with the job's
        success, and not without it."""
        self._learned = params

    def keep_fetched(
        self, path: Path, *, name: str, file_name: str, content_type: str, position: int
    ) -> None:
        """Keep what was fetched for the job as an upload of it, once the job has succeeded."""
        with path.open("rb") as content:
            self._outputs.append(
                files.keep(
                    self.job,
                    JobFile.Role.UPLOAD,
                    name,
                    content,
                    file_name=file_name,
                    content_type=content_type,
                    position=position,
                )
            )

    def succeed(self, *, billed_ms: int) -> None:
        """Charge for the job and hand its outputs over, in one transaction. Raises LeaseLost.

        A database that does not answer is asked again for a while.
        """
        outputs = self._outputs
        learned = None if self._learned is None else self._learned.stored()
        for wait_seconds in (*SETTLE_RETRY_SECONDS, None):
            try:
                settlement.succeed(
                    self.job, self.number, audio_ms=billed_ms, outputs=outputs, params=learned
                )
            except (OperationalError, InterfaceError):
                self._outputs = []  # they may be paid for: what has no row is left to the sweeper
                if wait_seconds is None:
                    raise
                log.warning("job %s: the database does not answer, trying again", self.job.id)
                connection.close()
                time.sleep(wait_seconds)
                for file in outputs:
                    file.pk = None  # another file may have it by now
            else:
                self._outputs = []
                return

    def discard(self) -> None:
        """Remove what was stored by an attempt that did not succeed."""
        files.forget(self._outputs)
        self._outputs = []


def run_detached(job: Job, lease: Lease) -> None:
    """Work at a job that was claimed. What goes wrong with it is its end, and is not raised."""
    attempt = Attempt(job, lease)
    try:
        billed_ms = registry.get(job.kind).detached_worker()(attempt)
        attempt.succeed(billed_ms=billed_ms)
    except LeaseLost:
        log.info("job %s: attempt %d is over for others have the job", job.id, attempt.number)
    except InputRefused as error:
        _failed(job, attempt, code=error.code, message=str(error))
    except UnspeakableText as error:
        _failed(job, attempt, code="unspeakable_input", message=str(error))
    except Exception as error:
        log.exception("job %s failed", job.id)
        code = "engine_error" if isinstance(error, EngineError) else "internal_error"
        _failed(job, attempt, code=code, message=_OUR_FAULT)
    finally:
        attempt.discard()


def _failed(job: Job, attempt: Attempt, *, code: str, message: str) -> None:
    try:
        # PostgreSQL has no place for a NUL, which the name of a file may have brought
        settlement.fail(job, attempt.number, code=code, message=message.replace("\0", ""))
    except LeaseLost:
        log.info("job %s was ended by others", job.id)
    except Exception:  # the database is away: the lease runs out, and the job is run once more
        log.exception("job %s: its failure could not be written down", job.id)
