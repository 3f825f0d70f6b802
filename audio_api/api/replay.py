"""What a request with an `Idempotency-Key` got before, once more."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import HttpResponse

from audio_api import idempotency
from audio_api.models import Job
from audio_api.services import Caller
from audiopod.common.problem import Problem

HEADERS = {"Idempotent-Replayed": "true", "x-audiopod-cost-usd": "0.000000"}


def earlier(caller: Caller) -> Job | None:
    """The job that answered this very request before; None without a key, or the first time.

    Raises Problem as `idempotency.earlier`.
    """
    return idempotency.earlier(caller.user, caller.once) if caller.once else None


def kept_result(job: Job) -> bytes:
    """What the first request got. Raises Problem (409) where the storage has lost it."""
    try:
        with default_storage.open(job.result) as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise Problem(
            "The result of the first request is lost, and it has been paid for. Use a new"
            " Idempotency-Key to make it anew.",
            status=409,
            param=idempotency.HEADER,
            code="idempotency_result_lost",
            headers={"x-should-retry": "false"},
        ) from None


def replayed(body: bytes, content_type: str) -> HttpResponse:
    return HttpResponse(body, content_type=content_type, headers=HEADERS)
