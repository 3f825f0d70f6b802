"""Usage as CSV: the log line by line, or its sums; a few hundred lines are in memory at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from accounts.keys.choosing import PLAYGROUND
from audio_api.models import Job
from audiopod.common.spreadsheets import harmless, plain_usd, seconds
from dashboard.usage import log, sums
from dashboard.usage.filters import UsageFilters
from dashboard.usage.sums import Group, Used

ROWS_AT_A_TIME = 500
LOG_COLUMNS = [
    "created_utc",
    "finished_utc",
    "request",
    "job",
    "endpoint",
    "voice",
    "model",
    "key_id",
    "key",
    "status",
    "seconds",
    "usd_per_minute",
    "cost_usd",
    "taken_seconds",
    "error",
]
SUM_COLUMNS = ["requests", "failed", "cancelled", "seconds", "cost_usd", "mean_taken_seconds"]
NAMES = {
    "day": ["day"],
    "key": ["key_id", "key"],
    "endpoint": ["endpoint"],
    "voice": ["voice"],
}
"""The groups that sums can be made by, and the columns that name each line of them."""


def log_csv(asked: UsageFilters) -> Iterator[str]:
    """The whole log in pieces of text, the newest request first; `LOG_COLUMNS` come first."""
    yield _text([LOG_COLUMNS])
    for jobs in log.pages(asked, size=ROWS_AT_A_TIME):
        yield _text(_log_row(job) for job in jobs)


def sums_csv(asked: UsageFilters, by: str) -> Iterator[str]:
    """The sums by one of `NAMES`, every line of them."""
    yield _text([[*NAMES[by], *SUM_COLUMNS]])
    if by == "day":
        days = sums.by_day(asked).items()
        yield _text([day.isoformat(), *_sums(used)] for day, used in days if used.requests)
    else:
        yield _text([*_named(group, by), *_sums(group.used)] for group in sums.groups(asked, by))


def _log_row(job: Job) -> list[str]:
    taken = job.seconds_taken
    return [
        _utc(job.created_at),
        _utc(job.finished_at) if job.finished_at else "",
        harmless(job.request_id),
        str(job.pk),
        job.kind,
        harmless(job.voice_name),
        harmless(job.model),
        str(job.api_key.public_id) if job.api_key else PLAYGROUND,
        harmless(job.api_key.name) if job.api_key else "",
        job.status,
        seconds(job.audio_ms),
        plain_usd(job.price_micros_per_minute),
        plain_usd(job.cost_micros),
        "" if taken is None else f"{taken:.3f}",
        harmless(job.error_code),
    ]


def _named(group: Group, by: str) -> list[str]:
    value = group.query.get(by, "")
    if by == "key":
        return [value, harmless(group.name) if value != PLAYGROUND else ""]
    return [harmless(value)]


def _sums(used: Used) -> list[str]:
    mean = used.mean_seconds
    return [
        str(used.requests),
        str(used.failed),
        str(used.cancelled),
        seconds(used.audio_ms),
        plain_usd(used.cost_micros),
        "" if mean is None else f"{mean:.3f}",
    ]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _text(rows: Iterable[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
