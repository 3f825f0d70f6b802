"""What a dead process left behind: unfinished jobs, lost messages, holds without a job.

Every step is a conditional update, so any number of sweepers may run at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from audio_api import channel
from audio_api.channel import Failed, Writer
from audio_api.jobs import delivery, files, idempotency, resending, settlement
from audio_api.jobs.chores import CHORES
from audio_api.jobs.lanes import enqueue
from audio_api.models import MAX_ATTEMPTS, Job
from wallet import services as wallet

log = logging.getLogger(__name__)

BATCH_SIZE = 100
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
    forgotten_results: int = 0
    resent: int = 0
    erased_jobs: int = 0
    chores: dict[str, int] = field(default_factory=dict)
    """By the names of those that had something to do."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def sweep(*, leases_are_true: bool = True, with_chores: bool = True) -> Sweep:
    """Look once at everything that is overdue.

    leases_are_true: False where living workers may not have been able to renew theirs.
    """
    done, now = Sweep(), timezone.now()
    if leases_are_true:
        for job in Job.objects.abandoned(now).select_related("user")[:BATCH_SIZE]:
            with _by_itself(f"job {job.id}"):
                _sweep_job(job, now, done)
    done.expired_holds = _expire_holds()
    stale = list(idempotency.stale()[:BATCH_SIZE])
    done.forgotten_results = sum(_forgotten(job) for job in stale)
    done.resent = resending.resend()
    done.erased_jobs = files.erase_expired()
    if with_chores:
        done.chores = do_chores()
    with _by_itself("what waits for clients"):
        done.settled += delivery.settle_deserted()
    if done:
        log.warning("swept: %s", done)
    cache.set(LAST_SWEEP, now, timeout=None)
    return done


def do_chores() -> dict[str, int]:
    """Do what is due beside the jobs: how many things, by the names of the chores."""
    return {chore.name: count for chore in CHORES if (count := chore.run_when_due())}


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


@contextmanager
def _by_itself(what: str) -> Iterator[None]:
    """What goes wrong here keeps nothing else from being swept, but for a database that is away."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s could not be swept", what)


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
    """A queue that is away keeps nothing else from being swept: `resending` comes back."""
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
        if _queued_again(job, now):
            _send(job)
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
        and job.first_byte_at is None  # a Redis that kept nothing does not know of the output
    )


def _give_up(job: Job, writer: Writer, now: datetime) -> bool:
    never_taken = not job.attempt
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


class Sweeper:
    """Sweeps every `SWEEP_SECONDS` until stopped, and does the chores in a thread of their own:
    what a dead worker has left waits for none of them, however long it takes."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._sweep, name="sweeper", daemon=True),
            threading.Thread(target=self._do_chores, name="chores", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _sweep(self) -> None:
        answered = True
        while not self._over.wait(settings.SWEEP_SECONDS):
            try:
                # workers renew their leases when the database is back, and are given time for it
                sweep(leases_are_true=answered, with_chores=False)
                answered = True
            except Exception:
                log.exception("a sweep failed; the next comes in %d s", settings.SWEEP_SECONDS)
                answered = _database_answers()
            finally:
                connection.close()

    def _do_chores(self) -> None:
        while not self._over.wait(settings.SWEEP_SECONDS):
            try:
                if done := do_chores():
                    log.warning("chores: %s", done)
            except Exception:
                log.exception("a chore failed; the next turn is in %d s", settings.SWEEP_SECONDS)
            finally:
                connection.close()


def _database_answers() -> bool:
    connection.close()
    try:
        Job.objects.exists()
    except (OperationalError, InterfaceError):
        return False
    return True
