"""A recording as it is: a `file` that a request sends, or what its `url` leads to.

A view takes it in with this module, without decoding it; `fetched.py` is for the worker.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from audio.codecs.convert import seconds_told_async
from audio.codecs.sniff import sniff
from audio.codecs.verdict import DecodeError, DecodeLimits, DecodeReason
from audio_api.jobs.detached import Upload
from audio_api.jobs.start import Caller
from audio_api.models import JobFile
from audio_api.native import inputs, reading
from audiopod.common.links.contents import content_type
from audiopod.common.problem import Problem, unavailable

UPLOAD = "upload"
"""The name of each recording of a job."""
MAX_NAME_CHARACTERS = 200
Given: TypeAlias = "UploadedFile[bytes] | JobFile | str"
"""A recording that was sent, one of another job, or a link to one."""


def resolved(link: str, caller: Caller) -> JobFile | str:
    """A file of the account's own jobs, or a link that a worker may fetch, as far as that is known
    at once. Raises Problem as `inputs.resolve`."""
    found = inputs.resolve(link, caller.user, caller.api_key)
    return found if isinstance(found, JobFile) else found.url


def name_in(link: str) -> str:
    """What a job of a link is called before it has been fetched."""
    return link.partition("?")[0].rstrip("/").rpartition("/")[2][-MAX_NAME_CHARACTERS:] or link


def name_of(given: UploadedFile[bytes] | JobFile) -> str:
    """What its owner calls a recording."""
    return given.file_name if isinstance(given, JobFile) else given.name or UPLOAD


def write(given: UploadedFile[bytes] | JobFile, path: Path) -> str:
    """Put a recording into a file of this machine. Returns its name. Raises Problem (410) for one
    that was erased since it was named."""
    with path.open("wb") as copy:
        if isinstance(given, JobFile):
            try:
                content = reading.opened(given.path, range(given.bytes))
            except FileNotFoundError:
                raise inputs.gone("This file is not kept any more.") from None
            with content:
                shutil.copyfileobj(content, copy)
        else:
            for chunk in given.chunks():
                copy.write(chunk)
    return name_of(given)


@contextmanager
def on_disk(given: UploadedFile[bytes] | JobFile) -> Iterator[Path]:
    """Where a recording lies on this machine, for as long as it is needed: what was spooled there
    is not copied. Raises as `write`."""
    if isinstance(given, TemporaryUploadedFile):
        yield Path(given.temporary_file_path())
        return
    with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
        path = Path(folder) / UPLOAD
        write(given, path)
        yield path


def upload_of(path: Path, file_name: str, position: int = 0) -> Upload:
    """A recording for a job to keep. Its bytes say what it is, whatever its sender calls it."""
    with path.open("rb") as file:
        kind = content_type(sniff(file) or "")
    name = file_name[-MAX_NAME_CHARACTERS:]
    return Upload(path, name, kind, JobFile.Role.UPLOAD, UPLOAD, position)


async def seconds_of(path: Path, *, limits: DecodeLimits, param: str) -> float:
    """How long a recording is by what its packets say, 0 where they do not say it; nothing of it is
    decoded. Raises Problem (400) for what is no recording, and for one that is too long."""
    try:
        return await seconds_told_async(path, limits=limits)
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise unavailable(str(error)) from None
        raise Problem(str(error), param=param, code="invalid_value") from None
