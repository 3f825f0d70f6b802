"""A kind of work that only tests sell: a detached job of it does whatever the test says."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.jobs import attempts, detached, files
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.detached import Upload
from audio_api.jobs.idempotency import IdempotencyKey
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.services.speech.service import SPEECH

KIND = "toy"
PRICE = 60_000
"""Micro-dollars per minute: 60 for a second."""
SECOND = 1_000
SECOND_MICROS = 1_000
HELD_MS = 10 * SECOND

Work = Callable[[Attempt], int]
_does: list[Work] = []


@dataclass(frozen=True)
class ToyParams:
    SHOWN: ClassVar[tuple[str, ...]] = ("mode",)
    KEPT: ClassVar[tuple[str, ...]] = ()
    text: str = "a secret"
    mode: str = "loud"
    model: str = "toy-1"

    def stored(self) -> dict[str, Any]:
        return asdict(self)


TOY = replace(
    SPEECH,
    kind=KIND,
    params=ToyParams,
    detached_work=f"{__name__}.work",
    job_type="toy",
    tab=None,
    uploads=(),
)


def work(attempt: Attempt) -> int:
    """What a worker calls: the work that the test has named last."""
    return _does[-1](attempt)


def sell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toy a kind of work of this server."""
    monkeypatch.setitem(registry._services, KIND, TOY)


def does(monkeypatch: pytest.MonkeyPatch, what: Work) -> None:
    """What the worker of a toy does from now on."""
    monkeypatch.setattr(f"{__name__}._does", [what])


# --- works --------------------------------------------------------------------------------------
def one_second(attempt: Attempt) -> int:
    """Makes one output, and charges for a second."""
    with attempt.output("audio", file_name="out.wav", content_type="audio/wav") as out:
        out.write(b"RIFF" + bytes(96))
    return SECOND


def of_length(ms: int) -> Work:
    """Makes one output, and charges for so many milliseconds."""

    def make(attempt: Attempt) -> int:
        one_second(attempt)
        return ms

    return make


def made_then(do: Callable[[], object]) -> Work:
    """Something happens between the storing of the output and the end of the job."""

    def make(attempt: Attempt) -> int:
        charged = one_second(attempt)
        do()
        return charged

    return make


# --- jobs ---------------------------------------------------------------------------------------
def prepared(
    user: User, *, key: str = "", asked: str = "the same", api_key: ApiKey | None = None
) -> Job:
    once = IdempotencyKey(key, asked) if key else None
    caller = Caller(user, api_key, f"req_{uuid.uuid4().hex[:8]}", once)
    return detached.prepare(caller, KIND, ToyParams(), PRICE, HELD_MS, display_name="a song.wav")


def started(user: User, *uploads: Upload, **asked: Any) -> Job:
    return detached.start(prepared(user, **asked), uploads)


def upload(folder: Path, content: bytes = b"sound", **told: Any) -> Upload:
    path = folder / f"sent-{uuid.uuid4().hex}"
    path.write_bytes(content)
    return Upload(**({"file_name": "in.wav", "content_type": "audio/wav"} | told), path=path)


def run(job: Job) -> Job:
    """What a worker does with the message of a job. Returns the job as it is then."""
    attempts.run(job.id)
    return Job.objects.get(pk=job.pk)


def taken(job: Job, *, seconds: float = 60) -> Job:
    """A worker has it for so long, and does nothing."""
    assert Job.objects.claim(job.id, lease=timedelta(seconds=seconds))
    return Job.objects.get(pk=job.pk)


def failed(user: User, monkeypatch: pytest.MonkeyPatch, *uploads: Upload) -> Job:
    def fail(attempt: Attempt) -> int:
        raise RuntimeError("broken")

    does(monkeypatch, fail)
    return run(started(user, *uploads))


def past_keeping(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(kept_until=timezone.now() - timedelta(seconds=1))


# --- files --------------------------------------------------------------------------------------
def stored() -> list[str]:
    """The paths of all files of jobs in the storage."""
    try:
        found = default_storage.listdir(files.FOLDER)[1]
    except FileNotFoundError:
        return []
    return sorted(f"{files.FOLDER}/{name}" for name in found)


def rows_of(job: Job) -> list[tuple[str, str]]:
    """Role and name of each file of a job."""
    return list(JobFile.objects.filter(job=job).order_by("id").values_list("role", "name"))


def file_of(job: Job, role: JobFile.Role, content: bytes = b"sound") -> JobFile:
    """A file of a job, in the storage and with its row."""
    kept = files.keep(job, role, "upload", BytesIO(content), file_name="f", content_type="a/b")
    kept.save()
    return kept


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call returned or raised, all begun together in threads of their own."""
    gate = threading.Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return one()
        except Exception as error:  # noqa: BLE001 - the outcome
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))
