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
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audio_api.jobs.params import without_content
from audio_api.models import Job, JobFile

log = logging.getLogger(__name__)

FOLDER = "job-files"
"""Of the storage."""
BATCH_SIZE = 100
MAX_NAME_CHARACTERS, MAX_FILE_NAME = 64, 255
UNKNOWN_TYPE = "application/octet-stream"
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_TYPE = re.compile(r"(?=.{3,127}\Z)[\w!#$&^.+-]+/[\w!#$&^.+-]+(; ?[\w.-]+=[\w.\"+-]+)*", re.ASCII)


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
    """Put a file into the storage, from its beginning to its end. Returns its row, not saved.

    name: at most 64 characters, or ValueError; file_name and content_type: whatever a client has
    sent, made harmless. Raises what the storage raises; then nothing is left in it.
    """
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"{name!r} has more than {MAX_NAME_CHARACTERS} characters.")
    size = content.seek(0, 2)
    # a name of its own for each attempt: one that was taken for dead may still be writing
    path = f"{FOLDER}/{job.id}-{role}-{_ODD.sub('-', name)}-{uuid.uuid4().hex[:12]}"
    return JobFile(
        job=job,
        role=role,
        name=name,
        position=position,
        file_name=plain_file_name(file_name),
        path=_saved(path, content),
        content_type=content_type if _TYPE.fullmatch(content_type) else UNKNOWN_TYPE,
        bytes=size,
    )


def _saved(path: str, content: IO[bytes]) -> str:
    try:
        return default_storage.save(path, File(content))
    except BaseException:
        remove(path)  # what was written before the disk was full
        raise


def job_of(path: str) -> uuid.UUID | None:
    """The id of the job whose file was kept under this path."""
    try:
        return uuid.UUID(path.removeprefix(f"{FOLDER}/")[:36])
    except ValueError:
        return None


def plain_file_name(name: str) -> str:
    """A name that a client gave to a file, without folders and without what is no text.

    A name that is too long loses its middle, so that it keeps its extension.
    """
    text = printable(re.split(r"[/\\]", name)[-1])
    if text in {"", ".", ".."}:
        return "file"
    return text if len(text) <= MAX_FILE_NAME else text[: MAX_FILE_NAME - 20] + text[-20:]


def printable(text: str) -> str:
    """A line of text: what is neither a letter nor a sign in it is a “_”."""
    return "".join(c if c.isprintable() else "_" for c in text).strip()


def forget(files: Iterable[JobFile]) -> None:
    """Remove files from the storage. One that can't be removed now is left to the sweeper."""
    for file in files:
        remove(file.path)


def remove(path: str) -> None:
    """Remove what the storage has there. What can't be removed now is left to the sweeper."""
    try:
        default_storage.delete(path)
    except Exception:  # whatever the storage raises
        log.exception("%s could not be removed", path)


def is_uncertain(error: BaseException) -> bool:
    """Whether it is not known if the transaction that ended so was committed.

    Its connection is lost. Files of such a transaction are left to the sweeper, which removes
    those that have no row.
    """
    return isinstance(error, OperationalError | InterfaceError)


def erase(job: Job, **columns: Any) -> None:
    """Remove all files of a job that is over, and what was said in it. Its usage record stays.

    columns: what else becomes of its row, in the same transaction.
    """
    with transaction.atomic():
        # the row first: a worker that runs the job again takes it, and with it the files
        Job.objects.filter(pk=job.pk).update(
            kept_until=None,
            params=without_content(job),
            display_name="",
            webhook_url="",
            **columns,
        )
        erased = _rows_taken(JobFile.objects.filter(job=job))
    forget(erased)


def drop_decoded(job: Job) -> list[JobFile]:
    """Delete the rows of what only a worker needed, to `forget` the files after the commit."""
    return _rows_taken(JobFile.objects.filter(job=job, role=JobFile.Role.DECODED))


def _rows_taken(rows: QuerySet[JobFile]) -> list[JobFile]:
    """Delete rows; returns them as they were."""
    found = list(rows)
    rows.model.objects.filter(pk__in=[file.pk for file in found]).delete()
    return found


def expired(now: datetime) -> QuerySet[Job]:
    """Jobs whose files have been kept for long enough, those that are longest due first."""
    return Job.objects.filter(kept_until__lt=now).order_by("kept_until")


def erase_expired() -> int:
    """Erase what has been kept for long enough. Returns of how many jobs."""
    jobs = list(expired(timezone.now())[:BATCH_SIZE])
    for job in jobs:
        erase(job)
    return len(jobs)
