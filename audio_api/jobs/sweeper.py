"""What a dead process left behind: unfinished jobs, holds without one, audio without one.

Every step is a conditional update, so any number of sweepers may run at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from audio_api import channel
from audio_api.channel import Failed, Writer
from audio_api.jobs import delivery, detached, files, idempotency, settlement
from audio_api.jobs.chores import CHORES
from audio_api.jobs.lanes import SOURCES, enqueue
from audio_api.models import MAX_ATTEMPTS, Job, JobFile
from wallet import services as wallet

log = logging.getLogger(__name__)

BATCH_SIZE = 100
FILES_AT_ONCE = 500
ORPHAN_AGE = timedelta(hours=1)
HOLD_AGAIN_SECONDS = 86_400
"""How much longer the hold of a job lasts that has waited longer than its hold was made for."""
LAST_SWEEP = "last-sweep"
"""Where the cache keeps when everything was looked at last, by whichever process."""


@dataclass
class Sweep:
    """What one sweep has done."""

    settled: int = 0
    requeued: int = 0
    failed: int = 0
    expired_holds: int = 0
    removed_files: int = 0
    forgotten_results: int = 0
    resent: int = 0
    erased_jobs: int = 0
    chores: dict[str, int] = field(default_factory=dict)
    """By the names of those that had something to do."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def sweep() -> Sweep:
    """Look once at everything that is overdue."""
    done, now = Sweep(), timezone.now()
    for job in Job.objects.abandoned(now).select_related("user")[:BATCH_SIZE]:
        _sweep_job(job, now, done)
    done.expired_holds = _expire_holds()
    stale = list(idempotency.stale()[:BATCH_SIZE])
    done.forgotten_results = sum(_forgotten(job) for job in stale)
    done.resent = detached.resend()
    done.erased_jobs = files.erase_expired()
    done.removed_files = _remove_orphans(now)
    done.chores = {chore.name: count for chore in CHORES if (count := chore.run_when_due())}
    if done:
        log.warning("swept: %s", done)
    cache.set(LAST_SWEEP, now, timeout=None)
    return done


def see_to(job: Job) -> Sweep:
    """Look at one job that no worker has any more."""
    done = Sweep()
    _sweep_job(job, timezone.now(), done)
    return done


def abandon_all() -> int:
    """Fail every open job that a client waited for: it has gone with the process it asked."""
    jobs = list(Job.objects.open().filter(is_detached=False).select_related("user"))
    message = "The server was restarted."
    ended = sum(settlement.abandon(job, code="restarted", message=message) for job in jobs)
    if ended:
        log.warning("%d jobs of an earlier process were ended, nothing was charged", ended)
    return ended


def resume_detached() -> int:
    """Send every open detached job again: their queue was in the memory of a process that ended.

    One that was being worked at is run once more, unless that was its last attempt.
    """
    now = timezone.now()
    jobs = Job.objects.open().filter(is_detached=True)
    jobs.filter(status=Job.Status.RUNNING).update(lease_until=now - timedelta(seconds=1))
    for job in jobs.filter(status=Job.Status.RUNNING).select_related("user"):
        if not _queued_again(job, now):
            _give_up_detached(job, now)
    queued = jobs.filter(status=Job.Status.QUEUED).order_by("created_at")
    for job in queued.iterator():
        _send(job)
    return queued.count()


def _sweep_detached(job: Job, now: datetime, done: Sweep) -> None:
    """Its worker is lost: run it once more, or fail it."""
    if _queued_again(job, now):
        _send(job)
        done.requeued += 1
    else:
        done.failed += _give_up_detached(job, now)


def _queued_again(job: Job, now: datetime) -> bool:
    """Let another worker take a job whose worker is lost. False after its last attempt, and when
    others were faster."""
    lost = Job.objects.abandoned(now).filter(pk=job.pk, attempt=job.attempt)
    return bool(
        lost.filter(attempt__lt=MAX_ATTEMPTS).update(
            status=Job.Status.QUEUED, lease_until=None, progress=0, stage=""
        )
    )


def _give_up_detached(job: Job, now: datetime) -> bool:
    if job.attempt < MAX_ATTEMPTS:
        return False
    message = "The worker of this job was lost twice. You were not charged."
    return settlement.give_up(job, now=now, code="worker_lost", message=message)


def _send(job: Job) -> None:
    """A queue that is away keeps nothing else from being swept: `detached.resend` comes back."""
    try:
        enqueue(job)
    except Exception:
        log.exception("job %s waits to be sent", job.id)


def _sweep_job(job: Job, now: datetime, done: Sweep) -> None:
    if job.is_detached:
        _sweep_detached(job, now, done)
        return
    writer = channel.open_writer(job.id)
    if writer.produced():
        _see_to_delivery(job, writer, done)
    elif _may_run_again(job, writer, now):
        enqueue(job)
        done.requeued += 1
    else:
        done.failed += _give_up(job, writer, now)


def _see_to_delivery(job: Job, writer: Writer, done: Sweep) -> None:
    """A speech that waits for its client: wait on while it takes any, else settle."""
    if not writer.wait_closed(0) and writer.delivered_ms() > job.audio_ms:
        delivery.await_delivery(job, writer, job.attempt)
    else:
        delivery.settle_delivered(job.id)
        done.settled += 1


def _may_run_again(job: Job, writer: Writer, now: datetime) -> bool:
    """Its worker died before anything was sent, and its client still waits."""
    return (
        job.status == Job.Status.RUNNING
        and job.attempt < MAX_ATTEMPTS
        and job.queue_deadline > now
        and not writer.cancelled()
        and not writer.has_output()
    )


def _give_up(job: Job, writer: Writer, now: datetime) -> bool:
    never_taken = job.status == Job.Status.QUEUED
    code = "queue_timeout" if never_taken else "worker_lost"
    message = (
        "The server is too busy: no worker became free in time."
        if never_taken
        else "The worker of this request was lost."
    )
    given_up = settlement.give_up(job, now=now, code=code, message=message)
    if given_up:
        writer.send(Failed(503, f"{message} You were not charged. Please try again.", code))
    return given_up


def _expire_holds() -> int:
    """Holds past their time whose job is over, or never came to be. Those of open jobs go on."""
    overdue = list(wallet.overdue().values_list("job_id", flat=True)[:BATCH_SIZE])
    busy = set(Job.objects.open().filter(pk__in=overdue).values_list("pk", flat=True))
    for job_id in overdue:
        if job_id in busy:
            wallet.extend(job_id=job_id, seconds=HOLD_AGAIN_SECONDS)
        else:
            wallet.expire(job_id=job_id)
    return len(overdue) - len(busy)


def _forgotten(job: Job) -> bool:
    """One that can't be removed just now must not keep the others."""
    try:
        idempotency.forget(job)
    except Exception:  # whatever the storage raises
        log.exception("the result of job %s could not be removed", job.id)
        return False
    return True


def _remove_orphans(now: datetime) -> int:
    """Files that no job knows: a process died between writing the one and the other."""
    kept = Job.objects.exclude(idempotency_key="")
    return (
        _remove_unknown(SOURCES, "source", Job.objects.open(), now)
        + _remove_unknown(idempotency.RESULTS, "result", kept, now)
        + _remove_unknown(files.FOLDER, "path", JobFile.objects.all(), now, spare=_being_made)
    )


def _remove_unknown(
    folder: str,
    column: str,
    rows: QuerySet[Any],
    now: datetime,
    *,
    spare: Callable[[set[str]], set[str]] = lambda unknown: set(),
) -> int:
    """Remove old files that no row knows. spare: returns those of the unknown that stay."""
    removed = 0
    paths = [f"{folder}/{name}" for name in _files(folder)]
    for start in range(0, len(paths), FILES_AT_ONCE):
        some = paths[start : start + FILES_AT_ONCE]
        unknown = set(some) - set(
            rows.filter(**{f"{column}__in": some}).values_list(column, flat=True)
        )
        old = {path for path in unknown if _is_old(path, now)}
        for path in old - spare(old):
            default_storage.delete(path)
            removed += 1
    return removed


def _is_old(path: str, now: datetime) -> bool:
    """Not when it was removed by others since it was listed."""
    try:
        return default_storage.get_modified_time(path) < now - ORPHAN_AGE
    except FileNotFoundError:
        return False


def _being_made(paths: set[str]) -> set[str]:
    """Outputs of jobs that still run: they have rows when their job has succeeded."""
    jobs = {path: files.job_of(path) for path in paths}
    known = {job_id for job_id in jobs.values() if job_id}
    still_open = set(Job.objects.open().filter(pk__in=known).values_list("pk", flat=True))
    return {path for path, job_id in jobs.items() if job_id in still_open}


def _files(folder: str) -> list[str]:
    try:
        return default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


class Sweeper:
    """A thread that sweeps every `SWEEP_SECONDS` until stopped."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._over.wait(settings.SWEEP_SECONDS):
            try:
                sweep()
            except Exception:
                log.exception("a sweep failed; the next comes in %d s", settings.SWEEP_SECONDS)
            finally:
                connection.close()
