"""How the server is doing, in a bounded number of queries."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from platform import python_version
from typing import Any

import django
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Aggregate, Count, Min, Q, Sum
from django.utils import timezone

from audio.engines import status
from audio_api.channel.redis_stream import sync_client
from audio_api.jobs.sweeper import LAST_SWEEP
from audio_api.models import Job
from audio_api.process import boot, embedded
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, messages
from wallet import gateway
from wallet.models import Hold, StripeEvent, Wallet

RUNNING_SHOWN = 20
ERRORS_SHOWN = 10
SWEEPS_LATE = 20
"""After so many missed turns the sweeper counts as missing."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs that wait for a worker, by the database; and by the broker, None when it is silent."""

    name: str
    jobs: int
    oldest_at: datetime | None
    messages: int | None
    threads: int

    @property
    def is_deserted(self) -> bool:
        return self.threads == 0


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    since: datetime | None
    threads: dict[str, int]
    engines: list[str]
    broken: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The state of the server at a moment."""

    taken_at: datetime
    queues: list[Queue]
    workers: list[Worker]
    trouble: str
    """Why the broker, and with it the workers, can't be asked."""
    running: list[Job]
    running_count: int
    last_hour: list[tuple[str, int]]
    """How many jobs of the last hour are in each status."""
    errors: list[tuple[str, int]]
    """The error codes of the last day, the most frequent first."""
    holds: dict[str, Any]
    last_sweep: datetime | None
    is_sweep_late: bool
    payments: dict[str, Any]
    left_behind: dict[str, int]
    """What came to accounts that were closed, for staff to give back."""
    disk: Disk
    versions: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of `DATA_DIR`, in bytes."""

    free: int
    total: int

    @property
    def free_percent(self) -> int:
        return 100 * self.free // self.total if self.total else 0

    @property
    def is_short(self) -> bool:
        return self.free_percent < 10


def look() -> Figures:
    """Everything at once."""
    now = timezone.now()
    workers, trouble = _workers()
    open_jobs = Job.objects.with_status(Job.Status.RUNNING)
    swept = cache.get(LAST_SWEEP) if not trouble else None
    late = timedelta(seconds=SWEEPS_LATE * settings.SWEEP_SECONDS)
    return Figures(
        taken_at=now,
        queues=_queues(workers, silent=bool(trouble)),
        workers=workers,
        trouble=trouble,
        running=list(
            open_jobs.select_related("user").defer("params").order_by("started_at")[:RUNNING_SHOWN]
        ),
        running_count=open_jobs.count(),
        last_hour=_last_hour(now),
        errors=_errors(now),
        holds=_holds(now),
        last_sweep=swept,
        is_sweep_late=swept is None or swept < now - late,
        payments=_payments(),
        left_behind=_left_behind(),
        disk=_disk(),
        versions=_versions(),
    )


# --- who works, and on what -----------------------------------------------------------------
def _workers() -> tuple[list[Worker], str]:
    if not settings.REDIS_URL:
        return _embedded(), ""
    try:
        told = boot.workers_alive()
    except redis.RedisError as error:
        return [], f"Redis does not answer: {type(error).__name__}"
    return [_worker(name, report) for name, report in sorted(told.items())], ""


def _embedded() -> list[Worker]:
    threads = embedded.threads()
    if not threads:
        return []
    return [Worker("", None, threads, status.working(), status.broken())]


def _worker(name: str, report: dict[str, Any]) -> Worker:
    since = report.get("since")
    return Worker(
        name=name,
        since=datetime.fromtimestamp(since, UTC) if since else None,
        threads=report.get("threads", {}),
        engines=report.get("engines", []),
        broken=report["broken"],
    )


def _queues(workers: list[Worker], *, silent: bool) -> list[Queue]:
    awaited = Q(is_detached=False)
    # a speech has no `seconds`: comparisons with what JSON lacks are neither true nor false
    is_long = Q(params__seconds__gt=settings.BATCH_FROM_SECONDS)
    is_short = Q(params__seconds__isnull=True) | Q(params__seconds__lte=settings.BATCH_FROM_SECONDS)
    lanes = {
        INTERACTIVE: awaited & is_short,
        BATCH: awaited & is_long,
        BACKGROUND: Q(is_detached=True),
    }
    counts: dict[str, Aggregate] = {}
    for name, belongs in lanes.items():
        counts[f"{name}_jobs"] = Count("pk", filter=belongs)
        counts[f"{name}_oldest"] = Min("created_at", filter=belongs)
    waiting = Job.objects.with_status(Job.Status.QUEUED).aggregate(**counts)
    return [
        Queue(
            name,
            waiting[f"{name}_jobs"],
            waiting[f"{name}_oldest"],
            None if silent else messages(name),
            sum(worker.threads.get(name, 0) for worker in workers),
        )
        for name in lanes
    ]


# --- what became of jobs --------------------------------------------------------------------
def _last_hour(now: datetime) -> list[tuple[str, int]]:
    recent = Job.objects.filter(created_at__gte=now - timedelta(hours=1)).order_by()
    counts = Counter(dict(recent.values_list("status").annotate(Count("pk"))))
    return [(str(status.label), counts[status.value]) for status in Job.Status]


def _errors(now: datetime) -> list[tuple[str, int]]:
    unlucky = Job.objects.exclude(status=Job.Status.SUCCEEDED).exclude(error_code="")
    recent = unlucky.filter(created_at__gte=now - timedelta(days=1)).order_by()
    counts = recent.values_list("error_code").annotate(jobs=Count("pk")).order_by("-jobs")
    return list(counts[:ERRORS_SHOWN])


# --- money ----------------------------------------------------------------------------------
def _holds(now: datetime) -> dict[str, Any]:
    return Hold.objects.open().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(expires_at__lt=now)),
        micros=Sum("amount_micros", default=0),
    )


def _payments() -> dict[str, Any]:
    waiting = [StripeEvent.Status.RECEIVED, StripeEvent.Status.FAILED]
    newest = StripeEvent.objects.order_by("-created_at").values_list("received_at", flat=True)
    return {
        "are_configured": gateway.is_configured(),
        "last_event": newest.first(),
        "unprocessed": StripeEvent.objects.filter(status__in=waiting).count(),
    }


def _left_behind() -> dict[str, int]:
    """Accounts that are closed and have money, and how much: an index has the few closed ones."""
    closed = Wallet.objects.filter(user__closed_at__isnull=False, posted_micros__gt=0)
    return closed.aggregate(accounts=Count("pk"), micros=Sum("posted_micros", default=0))


# --- the machine ----------------------------------------------------------------------------
def _disk() -> Disk:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return Disk(free=usage.free, total=usage.total)


def _versions() -> list[tuple[str, str]]:
    numbers = [("Python", python_version()), ("Django", django.get_version())]
    numbers.append((connection.display_name, _of_database()))
    if settings.REDIS_URL:
        numbers.append(("Redis", _of_redis()))
    return numbers


def _of_database() -> str:
    asked = (
        "SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return str(cursor.fetchone()[0])


def _of_redis() -> str:
    try:
        return str(sync_client().info("server")["redis_version"])
    except redis.RedisError as error:
        return f"does not answer: {type(error).__name__}"
