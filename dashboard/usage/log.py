"""The log of requests, page by page: each page costs as much as the first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from audio_api.models import Job, JobQuerySet
from dashboard.usage.filters import UsageFilters

_CURSOR = re.compile(r"(\d{1,16})_([0-9a-f]{32})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
UNSEEN = ("params", "error_message", "source", "result", "fingerprint", "idempotency_key")
"""Columns that no list shows; what customers said is among them."""


class Asked(Protocol):
    """Which requests a list is of."""

    def jobs(self, *, until: datetime | None = None) -> JobQuerySet:
        """The newest first, by `created_at` and `id`. until: when the newest of them was made, at
        the latest."""
        ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the log: right behind the request that was made then and has this id."""

    created_at: datetime
    job_id: uuid.UUID

    @classmethod
    def behind(cls, job: Job) -> Cursor:
        return cls(job.created_at, job.pk)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The reverse of `str()`. Raises ValueError for anything else."""
        found = _CURSOR.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no place in a log.")
        return cls(_EPOCH + int(found[1]) * _MICROSECOND, uuid.UUID(found[2]))

    def __str__(self) -> str:
        return f"{(self.created_at - _EPOCH) // _MICROSECOND}_{self.job_id.hex}"

    def jobs(self, asked: Asked) -> JobQuerySet:
        """The later rows of the log."""
        # an exclusion, since no index can be searched by one: an OR would lead SQLite to search by
        # two and sort what they find
        jobs = asked.jobs(until=self.created_at)
        return jobs.exclude(created_at=self.created_at, pk__gte=self.job_id)


@dataclass(frozen=True, slots=True)
class LogPage:
    jobs: list[Job]
    next: Cursor | None
    """Where the next page begins; None on the last one."""


def page(asked: UsageFilters, behind: Cursor | None, *, size: int) -> LogPage:
    """Some requests, the newest first, each with its key."""
    if not asked.can_match:
        return LogPage([], None)
    jobs = behind.jobs(asked) if behind else asked.jobs()
    found = list(jobs.select_related("api_key").defer(*UNSEEN)[: size + 1])
    shown = found[:size]
    return LogPage(shown, Cursor.behind(shown[-1]) if len(found) > size else None)


def pages(asked: UsageFilters, *, size: int) -> Iterator[list[Job]]:
    """The whole log, `size` requests at a time."""
    behind: Cursor | None = None
    while True:
        part = page(asked, behind, size=size)
        if part.jobs:
            yield part.jobs
        if part.next is None:
            return
        behind = part.next
