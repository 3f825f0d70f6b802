"""How a job ends. Its last state and the movement of money are one transaction.

Each way out is a conditional update: only the process that changes the row moves the money.
Called by workers and by the sweeper; the web process never ends a job that was enqueued.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import close_old_connections, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audio_api.jobs import announcing, days, files
from audio_api.jobs.leases import LeaseLost
from audio_api.jobs.params import without_content
from audio_api.models import Job, JobFile
from audiopod.common.money import cost_micros
from wallet import services as wallet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job has cost, and what is left to spend."""

    cost_micros: int
    balance_micros: int


def expected(job: Job, *, audio_ms: int) -> Outcome:
    """What the settlement of an open job will come to, for who has to say it before."""
    cost = min(cost_micros(audio_ms, job.price_micros_per_minute), job.held_micros)
    return Outcome(cost, wallet.available(job.user) + job.held_micros - cost)


def succeed(
    job: Job,
    attempt: int,
    *,
    audio_ms: int,
    first_byte_at: datetime | None = None,
    result: str = "",
    outputs: Sequence[JobFile] = (),
    params: dict[str, Any] | None = None,
) -> Outcome:
    """Charge for `audio_ms` milliseconds of audio. Raises LeaseLost when it is not ours.

    result: where the storage keeps what the client got, for a job that is kept; outputs: the files
    of a detached job, stored already; params: of a detached job, with what its work has found out.
    """
    held = Job.objects.held_by(job.id, attempt)
    columns: dict[str, Any] = {"first_byte_at": first_byte_at, "result": result}
    if params is not None:
        columns["params"] = params
    return _end(job, held, Job.Status.SUCCEEDED, audio_ms=audio_ms, outputs=outputs, **columns)


def hold_less(job: Job, attempt: int, *, most_ms: int, params: dict[str, Any]) -> None:
    """Hold no more than so many milliseconds of audio cost, when it is known how many there are.

    params: what the job is asked from now on. Raises LeaseLost when it is not ours.
    """
    most_micros = max(1, cost_micros(most_ms, job.price_micros_per_minute))
    if most_micros >= job.held_micros:
        return
    with transaction.atomic():
        ours = Job.objects.held_by(job.id, attempt)
        if not ours.update(held_micros=most_micros, params=params):
            raise LeaseLost(str(job.id))
        wallet.lower(job_id=job.id, amount_micros=most_micros)
    job.held_micros, job.params = most_micros, params


def cancel(
    job: Job, attempt: int, *, audio_ms: int, first_byte_at: datetime | None = None
) -> Outcome:
    """The client left: charge for the audio that had been sent to it, and no more."""
    held = Job.objects.held_by(job.id, attempt)
    return _end(job, held, Job.Status.CANCELLED, audio_ms=audio_ms, first_byte_at=first_byte_at)


def fail(job: Job, attempt: int, *, code: str, message: str) -> Outcome:
    """Our failure: nothing is charged."""
    held = Job.objects.held_by(job.id, attempt)
    return _end(job, held, Job.Status.FAILED, error_code=code, error_message=message)


def give_up(job: Job, *, now: datetime, code: str, message: str) -> bool:
    """Fail a job that no worker has. Returns False when a worker has taken it after all."""
    abandoned = Job.objects.abandoned(now).filter(pk=job.pk, attempt=job.attempt)
    return _failed(job, abandoned, code, message)


def abandon(job: Job, *, code: str, message: str) -> bool:
    """Fail a job of a process that is known to be gone."""
    same = Job.objects.open().filter(pk=job.pk, attempt=job.attempt)
    return _failed(job, same, code, message)


def withdraw(job: Job, *, code: str, message: str) -> bool:
    """Cancel a job that no worker has taken. Returns False when one has taken it after all."""
    queued = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED)
    return _ended(job, queued, Job.Status.CANCELLED, code, message)


def cancel_detached(job: Job, *, code: str, message: str) -> bool:
    """Cancel a detached job that is queued or running. False when it was over already."""
    mine = Job.objects.open().filter(pk=job.pk, is_detached=True)
    return _ended(job, mine, Job.Status.CANCELLED, code, message)


def refuse(job: Job, *, code: str, message: str) -> bool:
    """Fail a job that could not be enqueued."""
    queued = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED)
    return _failed(job, queued, code, message)


def _failed(job: Job, rows: QuerySet[Job], code: str, message: str) -> bool:
    return _ended(job, rows, Job.Status.FAILED, code, message)


def _ended(job: Job, rows: QuerySet[Job], status: Job.Status, code: str, message: str) -> bool:
    try:
        _end(job, rows, status, error_code=code, error_message=message)
    except LeaseLost:
        return False
    return True


def _end(
    job: Job,
    rows: QuerySet[Job],
    status: Job.Status,
    *,
    audio_ms: int = 0,
    outputs: Sequence[JobFile] = (),
    **columns: Any,
) -> Outcome:
    full_price = cost_micros(audio_ms, job.price_micros_per_minute)
    cost = min(full_price, job.held_micros)
    if status is not Job.Status.SUCCEEDED:
        # it has no result: sent again, it runs anew
        columns |= {"idempotency_key": "", "fingerprint": ""}
    finished_at = timezone.now()
    columns |= _kept(job, status, finished_at)
    if not connection.in_atomic_block:
        close_old_connections()  # the database may have been started anew during a long work
    with transaction.atomic():
        ended = rows.update(
            status=status,
            audio_ms=audio_ms,
            cost_micros=cost,
            written_off_micros=full_price - cost,
            source="",
            lease_until=None,
            finished_at=finished_at,
            **columns,
        )
        if not ended:
            raise LeaseLost(str(job.id))
        JobFile.objects.bulk_create(outputs)
        decoded = files.drop_decoded(job) if job.is_detached else []
        if cost:
            wallet.settle(
                job_id=job.id,
                amount_micros=cost,
                billed_ms=audio_ms,
                request_id=job.request_id,
            )
        else:
            wallet.release(job_id=job.id)
        days.record(job, status, audio_ms=audio_ms, cost_micros=cost, finished_at=finished_at)
        announcing.announce(
            job,
            status,
            error_code=columns.get("error_code", ""),
            error_message=columns.get("error_message", ""),
        )
        left = wallet.available(job.user)
    forget_source(job)
    files.forget(decoded)
    if full_price > cost:
        log.warning("job %s: %d micro-dollars beyond its hold", job.id, full_price - cost)
    return Outcome(cost, left)


def _kept(job: Job, status: Job.Status, finished_at: datetime) -> dict[str, Any]:
    """What remains of the request: of a detached job all of it, as long as its files are kept."""
    if not job.is_detached:
        return {"params": without_content(job)}
    kept_until = finished_at + timedelta(seconds=settings.JOB_FILES_SECONDS)
    whole = {"progress": 100, "stage": ""} if status is Job.Status.SUCCEEDED else {"stage": ""}
    return {"kept_until": kept_until, **whole}


def forget_source(job: Job) -> None:
    """Remove the client's audio. A failure leaves a file for the sweeper, not an unpaid job."""
    if not job.source:
        return
    try:
        default_storage.delete(job.source)
    except Exception:  # whatever the storage raises, the job is settled
        log.exception("job %s: its audio could not be removed", job.id)
