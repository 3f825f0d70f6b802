"""The files of detached jobs in the storage: kept, found again, and erased in time.

A file is in the storage before its row says so. What a crash leaves between the two has no row,
and the sweeper removes it.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from audio_api.jobs.params import without_content
from audio_api.models import Job, JobFile

log = logging.getLogger(__name__)

FOLDER = "job-files"
"""Of the storage."""
BATCH_SIZE = 100
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def keep(
    job: Job,
    role: JobFile.Role,
    name: str,
    content: IO[bytes],
    *,
    file_name: str,
    content_type: str,
    position: int = 0,
) -> JobFile:
    """Put a file into the storage. Returns its row, which is not saved.

    content: opened for reading bytes, from where it stands to its end. Raises what the storage
    raises.
    """
    start = content.tell()
    size = content.seek(0, 2) - start
    content.seek(start)
    # a name of its own for each attempt: one that was taken for dead may still be writing
    path = f"{FOLDER}/{job.id}-{role}-{_ODD.sub('-', name)}-{uuid.uuid4().hex[:12]}"
    return JobFile(
        job=job,
        role=role,
        name=name,
        position=position,
        file_name=file_name,
        path=default_storage.save(path, File(content)),
        content_type=content_type,
        bytes=size,
    )


def forget(files: Iterable[JobFile]) -> None:
    """Remove files from the storage. One that can't be removed now is left to the sweeper."""
    for file in files:
        try:
            default_storage.delete(file.path)
        except Exception:  # whatever the storage raises
            log.exception("%s could not be removed", file.path)


def erase(job: Job) -> None:
    """Remove all files of a job that is over, and what was said in it. Its usage record stays."""
    files = list(JobFile.objects.filter(job=job))
    JobFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    Job.objects.filter(pk=job.pk).update(
        kept_until=None, params=without_content(job), display_name=""
    )
    forget(files)


def erase_decoded(job: Job) -> None:
    """Remove what only a worker needed."""
    decoded = list(JobFile.objects.filter(job=job, role=JobFile.Role.DECODED))
    JobFile.objects.filter(pk__in=[file.pk for file in decoded]).delete()
    forget(decoded)


def expired(now: datetime) -> QuerySet[Job]:
    """Jobs whose files have been kept for long enough."""
    return Job.objects.filter(kept_until__lt=now)


def erase_expired() -> int:
    """Erase what has been kept for long enough. Returns of how many jobs."""
    jobs = list(expired(timezone.now())[:BATCH_SIZE])
    for job in jobs:
        erase(job)
    return len(jobs)
