"""`Idempotency-Key`: the same request sent again gets the first result, and is paid once.

The key lies on the job itself, unique for an account: the row that holds the money is the row
that remembers, so nothing can come between the two. The worker keeps the result before it
settles. A job that fails or costs nothing lets its key go, and the next try runs anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from audio_api.models import Job
from audiopod.common.idempotency import HEADER, idempotency_key
from audiopod.common.problem import Problem

FINGERPRINT_SALT = "audio_api.idempotency"
"""Not the name of this module: fingerprints that are stored must stay true when it moves."""
RESULTS = "results"
"""The folder of the storage that holds what keyed requests got."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What a request must be to count as sent again: its key, and a hash of all it asks."""

    value: str
    fingerprint: str


def idempotency_key_of(request: HttpRequest, fields: Mapping[str, Any]) -> IdempotencyKey | None:
    """The request's key with a hash of its validated fields, files included; None without a key.

    Raises Problem (400) as `idempotency_key`.
    """
    key = idempotency_key(request)
    return IdempotencyKey(key, _fingerprint(request.path, fields)) if key else None


def _fingerprint(path: str, fields: Mapping[str, Any]) -> str:
    files = {name: value for name, value in fields.items() if isinstance(value, UploadedFile)}
    words = {name: value for name, value in fields.items() if name not in files}
    digest = hashlib.sha256(json.dumps([path, words], sort_keys=True, default=str).encode())
    for name in sorted(files):
        for chunk in files[name].chunks():
            digest.update(chunk)
    # with a key of the server's, or short texts could be guessed from a copy of the database
    return salted_hmac(FINGERPRINT_SALT, digest.digest(), algorithm="sha256").hexdigest()


def earlier(user: User, key: IdempotencyKey) -> Job | None:
    """The job that this request made before and that has succeeded, or None when it is new.

    Raises Problem: 422 when the key belongs to another request, 409 while the first one runs.
    """
    job = Job.objects.for_user(user).keyed(key.value).first()
    if job is None:
        return None
    if job.fingerprint != key.fingerprint:
        raise used_for_another_request()
    if job.status != Job.Status.SUCCEEDED:
        raise in_flight()
    return job


def used_for_another_request() -> Problem:
    return Problem(
        f"This {HEADER} was used for another request. Use a new key for a new request.",
        status=422,
        param=HEADER,
        code="idempotency_key_reused",
    )


def in_flight() -> Problem:
    """409, which OpenAI's clients try again by themselves."""
    return Problem(
        f"A request with this {HEADER} is being worked on. Repeat it to get its result.",
        status=409,
        param=HEADER,
        code="idempotency_key_in_use",
        headers={"Retry-After": "1"},
    )


def stale() -> QuerySet[Job]:
    """Finished jobs whose result has been kept for long enough."""
    until = timezone.now() - timedelta(seconds=settings.IDEMPOTENCY_SECONDS)
    return Job.objects.exclude(idempotency_key="").filter(finished_at__lt=until)


def forget(job: Job) -> None:
    """Let a result and its key go."""
    if job.result:
        default_storage.delete(job.result)
    Job.objects.filter(pk=job.pk).update(idempotency_key="", fingerprint="", result="")
