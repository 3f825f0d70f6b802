"""Whether there is room for one more job: in the queue, and among those of its key.

What an account starts in the playground, without a key, counts like the jobs of one more key.

Asked twice: roughly before a body is parsed and decoded, so that nothing is done in vain, and
exactly where the money is held.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, Sum

from accounts.models import ApiKey, User
from audio_api.jobs.lanes import is_batch
from audio_api.models import Job, JobFile
from audiopod.common.problem import Problem, overloaded

GLANCE_SECONDS = 0.5
"""How old a count of the queue may be. What this process adds meanwhile is counted in."""


def expect_room(caller: ApiKey | User, *, may_be_long: bool) -> None:
    """Refuse early what would be refused later. Raises as `admit`.

    caller: the key of the request, or whose playground it comes from.

    may_be_long: the job may turn out to belong to the queue of long ones.
    """
    waiting = _queue.look()
    if _is_full(waiting.short) and (_is_full(waiting.long) or not may_be_long):
        raise _queue_is_full()
    _expect_free_place(caller)


def admit(job: Job) -> None:
    """Let a job in, or refuse it; call it between the hold and the saving of the job.

    There the row of the wallet is locked: jobs of one account pass one by one, and the count of
    the key's open ones is exact. Raises Problem: 503 when its queue is full, 429 when its key
    has as many jobs as it may have.
    """
    batch = is_batch(seconds=job.params.get("seconds", 0))
    if _is_full(_queue.look().of(batch=batch)):
        raise _queue_is_full()
    _expect_free_place(job.api_key or job.user)
    _queue.add(batch=batch)


def admit_detached(job: Job) -> None:
    """The same for a job that no client waits for. Raises Problem: 429 when its account has as many
    of them open as it may have, 409 when the files of its jobs take as much room as they may."""
    _expect_room_for_files(job.user)
    limit = int(settings.MAX_DETACHED_JOBS)
    mine = Job.objects.for_user(job.user).filter(is_detached=True)
    if 0 < limit <= mine.open().count():
        raise Problem(
            f"This account has {limit} jobs that are not finished, as many as it may have."
            " Try again when one of them is done. You were not charged.",
            status=429,
            type="requests",
            code="rate_limit_exceeded",
            headers={"Retry-After": "5"},
        )


def _expect_room_for_files(user: User) -> None:
    # a job that is cancelled costs nothing, and its files are kept: only this bounds them
    limit = int(settings.MAX_KEPT_BYTES)
    if limit <= 0:
        return
    kept = JobFile.objects.filter(job__user=user).aggregate(bytes=Sum("bytes"))["bytes"] or 0
    if kept >= limit:
        raise Problem(
            f"The files of this account's jobs have {kept} bytes, and may have {limit}. Delete jobs"
            " that you do not need, or wait until their files are erased. You were not charged.",
            status=409,
            code="files_limit_reached",
        )


def _expect_free_place(caller: ApiKey | User) -> None:
    limit: int | None = None
    if isinstance(caller, ApiKey):
        jobs, who = Job.objects.filter(api_key=caller, is_detached=False), "this API key"
        limit = caller.max_concurrent_jobs
    else:
        jobs = Job.objects.filter(api_key=None, user=caller, is_detached=False)
        who = "the playground"
    if limit is None:
        limit = settings.MAX_CONCURRENT_JOBS
    if limit and jobs.open().count() >= limit:
        raise Problem(
            f"Rate limit reached for {who} on requests at a time. Limit: {limit}."
            " Please try again when one of them is done.",
            status=429,
            type="requests",
            code="rate_limit_exceeded",
            headers={"Retry-After": "1"},
        )


def _is_full(jobs: int) -> bool:
    return 0 < int(settings.MAX_QUEUED_JOBS) <= jobs


def _queue_is_full() -> Problem:
    return overloaded(
        "The server has more requests waiting than it can serve. Please try again."
        " You were not charged."
    )


@dataclass(slots=True)
class _Waiting:
    """How many jobs wait for a worker."""

    short: int
    long: int

    def of(self, *, batch: bool) -> int:
        return self.long if batch else self.short


class _Queue:
    """The queues as they were a moment ago: one query in half a second, however many ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._waiting = _Waiting(0, 0)

    def look(self) -> _Waiting:
        with self._lock:
            due = time.monotonic() - self._looked_at >= GLANCE_SECONDS
            if due:  # others go by the old count while this one asks
                self._looked_at = time.monotonic()
        if due:
            self._waiting = _count()
        return self._waiting

    def add(self, *, batch: bool) -> None:
        with self._lock:
            if batch:
                self._waiting.long += 1
            else:
                self._waiting.short += 1


def _count() -> _Waiting:
    long_ones = Q(params__seconds__gt=settings.BATCH_FROM_SECONDS)
    found = (
        Job.objects.with_status(Job.Status.QUEUED)
        .filter(is_detached=False)
        .aggregate(every=Count("pk"), long=Count("pk", filter=long_ones))
    )
    return _Waiting(short=found["every"] - found["long"], long=found["long"])


_queue = _Queue()
