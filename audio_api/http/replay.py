"""What a request with an `Idempotency-Key` got before, once more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse

from audio_api.channel.relay import NOT_BUFFERED
from audio_api.channel.waiting import Waiting
from audio_api.jobs import idempotency
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audiopod.common.idempotency import HEADER
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

HEADERS = {"Idempotent-Replayed": "true", "x-audiopod-cost-usd": "0.000000", **NOT_BUFFERED}
BLOCK_BYTES = 72 * 1024
"""Read at once; a multiple of an event's audio (`services/speech/events.py`)."""

Framed = Callable[[bytes], Iterator[bytes]]


def earlier(caller: Caller) -> Job | None:
    """The job that answered this very request before; None without a key, or the first time.

    Raises Problem as `idempotency.earlier`.
    """
    return (
        idempotency.earlier(caller.user, caller.idempotency_key) if caller.idempotency_key else None
    )


def replayed(
    job: Job, content_type: str, *, framed: Framed | None = None, end: bytes = b""
) -> Waiting:
    """The kept result, read as it is taken: who reads slowly holds neither thread nor memory.

    framed: what the response makes of a block of it; end: what follows the last.
    Raises Problem (409) where the storage has lost it.
    """
    return Waiting(partial(_replayed, job.result, content_type, framed, end))


async def _replayed(
    path: str, content_type: str, framed: Framed | None, end: bytes
) -> StreamingHttpResponse:
    try:
        file = await off_loop(default_storage.open)(path)
    except FileNotFoundError:
        raise _lost() from None
    blocks = _blocks(file, framed, end)
    return StreamingHttpResponse(blocks, content_type=content_type, headers=HEADERS)


async def _blocks(file: File[bytes], framed: Framed | None, end: bytes) -> AsyncIterator[bytes]:
    try:
        while block := await off_loop(file.read)(BLOCK_BYTES):
            for piece in framed(block) if framed else (block,):
                yield piece
        if end:
            yield end
    finally:
        file.close()


def _lost() -> Problem:
    return Problem(
        "The result of the first request is lost, and it has been paid for. Use a new"
        " Idempotency-Key to make it anew.",
        status=409,
        param=HEADER,
        code="idempotency_result_lost",
        headers={"x-should-retry": "false"},
    )
