"""Files of the storage that no job knows: a process died between writing the one and the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from audio_api.jobs import files, idempotency
from audio_api.jobs.chores import Chore
from audio_api.jobs.lanes import SOURCES
from audio_api.models import Job, JobFile

FILES_AT_ONCE = 500
ORPHAN_AGE = timedelta(hours=1)
LIST_SECONDS = 3600
"""Between two looks: each one lists all files, which a bucket takes long for and charges."""


def remove() -> int:
    """Remove what is old and unknown. Returns how many files that were."""
    now = timezone.now()
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


CHORE = Chore(name="files without a job", run=remove, every_seconds=LIST_SECONDS)
