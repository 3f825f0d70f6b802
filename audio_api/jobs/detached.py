"""Jobs that no client waits for: started, cancelled, deleted, run once more.

A detached job is settled when its output is stored, whoever listens; a failure and a cancellation
cost nothing. It waits in a lane of its own as long as it must, survives its worker and its server
(it is run once more, with nothing charged twice), and its files are kept until `Job.kept_until`.

Whoever ends it does so by a conditional update of its row. So a cancellation is over at once: the
worker finds at its next sign of life that the job is not its own any more, and stops.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from audio_api import registry
from audio_api.jobs import admission, files, idempotency, settlement
from audio_api.jobs.lanes import NO_DEADLINE, enqueue
from audio_api.jobs.params import Params, without_content
from audio_api.jobs.start import UNPAID, Caller, new_job
from audio_api.models import Job, JobFile
from audio_api.models.job import random_number
from audiopod.common.problem import Problem
from wallet import services as wallet

log = logging.getLogger(__name__)

HOLD_SECONDS = 7 * 86_400
"""Of a hold; the sweeper leaves the holds of open jobs alone, however old they are."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a job is given. path: on this machine, opened for reading when it is kept;
    position: among the files of the job, its place in their list unless it is given."""

    path: Path
    file_name: str
    content_type: str
    role: JobFile.Role = JobFile.Role.UPLOAD
    name: str = "upload"
    position: int | None = None


# --- starting -----------------------------------------------------------------------------------
def prepare(
    caller: Caller, kind: str, params: Params, price: int, most_ms: int, *, display_name: str = ""
) -> Job:
    """A detached job, not saved yet, that may cost as much as `most_ms` milliseconds of audio."""
    job = new_job(caller, kind, params, price, most_ms)
    job.is_detached = True
    job.number = random_number()
    job.display_name = files.printable(display_name)[:255]
    job.webhook_url = caller.webhook_url
    job.queue_deadline = timezone.now() + NO_DEADLINE
    return job


def start(job: Job, uploads: Sequence[Upload] = ()) -> Job:
    """Keep the uploads, hold the money and put a prepared job into its lane.

    Returns the job; with an `Idempotency-Key` that was used before for the same request, the first
    one. Raises as `wallet.hold`, and Problem: 422 for a key of another request, 429 for too many
    open jobs. Then nothing is held and no file is kept. A queue that is away does not matter: the
    sweeper sends again what is queued.
    """
    [started] = start_all([(job, uploads)])
    return started


def start_all(jobs: Sequence[tuple[Job, Sequence[Upload]]]) -> list[Job]:
    """As `start`, for several jobs that are started together or not at all."""
    if first := _first_of_all(jobs):
        return first
    kept: list[JobFile] = []
    try:
        for job, uploads in jobs:
            for number, upload in enumerate(uploads):
                kept.append(_kept(job, upload, number))
        with transaction.atomic():
            for job, _ in jobs:
                _hold_and_save(job, [file for file in kept if file.job is job])
    except BaseException as error:
        if not files.is_uncertain(error):
            files.forget(kept)
        # a twin that was faster may have taken the last money, or the last place
        if isinstance(error, IntegrityError | Problem | UNPAID) and (first := _first_of_all(jobs)):
            return first
        raise
    for job, _ in jobs:
        _enqueue(job)
    return [job for job, _ in jobs]


def _first_of_all(jobs: Sequence[tuple[Job, Sequence[Upload]]]) -> list[Job]:
    """The jobs that their `Idempotency-Key`s belong to already; none where it is not all of them.
    Raises Problem (422)."""
    found = [_first_of(job) for job, _ in jobs]
    first = [job for job in found if job is not None]
    return first if len(first) == len(found) else []


def started_before(caller: Caller) -> Job | None:
    """The job that this very request started before, by its `Idempotency-Key`, whatever became of
    it; None without a key, or the first time. Raises Problem (422)."""
    key = caller.idempotency_key
    if key is None:
        return None
    first = Job.objects.for_user(caller.user).keyed(key.value).first()
    if first and first.fingerprint != key.fingerprint:
        raise idempotency.used_for_another_request()
    return first


def _first_of(job: Job) -> Job | None:
    """The job that its `Idempotency-Key` belongs to already. Raises Problem (422)."""
    same = Job.objects.for_user(job.user).keyed(job.idempotency_key)
    first = same.exclude(pk=job.pk).first()
    if first and first.fingerprint != job.fingerprint:
        raise idempotency.used_for_another_request()
    return first


def _kept(job: Job, upload: Upload, position: int) -> JobFile:
    with upload.path.open("rb") as content:
        return files.keep(
            job,
            upload.role,
            upload.name,
            content,
            file_name=upload.file_name,
            content_type=upload.content_type,
            position=position if upload.position is None else upload.position,
        )


def _hold_and_save(job: Job, kept: Sequence[JobFile]) -> None:
    with transaction.atomic():
        wallet.hold(
            user=job.user,
            job_id=job.id,
            amount_micros=job.held_micros,
            seconds=HOLD_SECONDS,
            api_key=job.api_key,
            service=registry.get(job.kind).offer.service_type,
            price_micros_per_minute=job.price_micros_per_minute,
        )
        admission.admit_detached(job)
        job.save(force_insert=True)
        JobFile.objects.bulk_create(kept)


def _enqueue(job: Job) -> None:
    try:
        enqueue(job)
    except Exception:  # the broker is away: the job is there, and the sweeper sends it again
        log.exception("job %s waits to be sent", job.id)


# --- what its owner does with it ----------------------------------------------------------------
CANCELLED = "cancelled"
"""The error code of a job that its owner has cancelled."""


def cancel(job: Job) -> bool:
    """End an open job at once; nothing is charged. False when it was over already."""
    return settlement.cancel_detached(job, code=CANCELLED, message="Cancelled.")


def delete(job: Job) -> None:
    """Cancel a job if it is open, erase its files and its text, and list it no more.

    One that was run again meanwhile is the job that has its number now. Its `Idempotency-Key`
    is let go with the result.
    """
    number = job.number
    cancel(job)
    job.refresh_from_db()
    # its number stays: a client that deletes it once more is to learn that it is deleted
    files.erase(job, deleted_at=timezone.now(), idempotency_key="", fingerprint="")
    if number:
        for heir in Job.objects.filter(user=job.user, number=number).exclude(pk=job.pk):
            delete(heir)


def may_retry(job: Job) -> bool:
    """Whether a job ended without a result and what it was asked is still here."""
    return (
        job.is_detached
        and job.status in Job.UNLUCKY
        and job.deleted_at is None
        and job.kept_until is not None
        and job.kept_until > timezone.now()
    )


def retry(job: Job, *, request_id: str) -> Job:
    """Run a job that failed or was cancelled anew, under its public id and with a hold of its own.

    The row that ended stays as a record of usage. Raises as `start`, and Problem: 409 when there
    is nothing to run again, or another request has done so already.
    """
    if not may_retry(job):
        raise not_to_be_retried(job)
    again = _copy(job, request_id)
    with transaction.atomic():
        now = timezone.now()
        same = Job.objects.filter(pk=job.pk, number=job.number, status__in=Job.UNLUCKY)
        let_go = same.filter(deleted_at=None, kept_until__gt=now).update(
            number=None,
            deleted_at=now,
            kept_until=None,
            display_name="",
            webhook_url="",
            params=without_content(job),
        )
        if not let_go:
            raise not_to_be_retried(job)
        _hold_and_save(again, ())
        JobFile.objects.filter(job=job).update(job=again)
    _enqueue(again)
    return again


def _copy(job: Job, request_id: str) -> Job:
    return Job(
        id=uuid.uuid4(),
        user=job.user,
        api_key=job.api_key,
        request_id=request_id,
        kind=job.kind,
        model=job.model,
        voice_name=job.voice_name,
        params=job.params,
        price_micros_per_minute=job.price_micros_per_minute,
        held_micros=job.held_micros,
        is_detached=True,
        number=job.number,
        display_name=job.display_name,
        webhook_url=job.webhook_url,
        queue_deadline=timezone.now() + NO_DEADLINE,
    )


def not_to_be_retried(job: Job) -> Problem:
    words = (
        "Only a job that failed or was cancelled can be run again."
        if job.status not in Job.UNLUCKY
        else "The input of this job is not kept any more: create a new job."
    )
    return Problem(words, status=409, code="job_not_retryable")
