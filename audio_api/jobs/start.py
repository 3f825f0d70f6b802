"""The front half: from a valid request to a job in the queue, paid for in advance."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.jobs import admission, idempotency, settlement
from audio_api.jobs.idempotency import IdempotencyKey
from audio_api.jobs.lanes import enqueue, is_batch, patience
from audio_api.jobs.leases import HOLD_MARGIN_SECONDS
from audio_api.jobs.params import Params
from audio_api.models import Job
from audiopod.common.money import cost_micros
from audiopod.common.problem import unavailable
from audiopod.common.statements import insert
from wallet import services as wallet

log = logging.getLogger(__name__)

UNPAID = wallet.InsufficientBalance | wallet.BudgetExceeded | wallet.SpendingFrozen


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a job is started."""

    user: User
    api_key: ApiKey | None
    request_id: str
    idempotency_key: IdempotencyKey | None = None
    """Set where the client gave an `Idempotency-Key`."""
    webhook_url: str = ""
    """Where to tell that the job has ended, beside the account's endpoints."""


def require_funds(caller: Caller) -> None:
    """Refuse a caller without funds before any upload is decoded.

    Raises as wallet.require_funds.
    """
    wallet.require_funds(caller.user, caller.api_key)


def new_job(caller: Caller, kind: str, request: Params, price: int, most_ms: int) -> Job:
    """A job, not saved yet, of at most so many milliseconds at micro-dollars per minute."""
    params: dict[str, Any] = request.stored()
    key = caller.idempotency_key
    wait = patience(batch=is_batch(seconds=params.get("seconds", 0)))
    return Job(
        user=caller.user,
        api_key=caller.api_key,
        request_id=caller.request_id,
        idempotency_key=key.value if key else "",
        fingerprint=key.fingerprint if key else "",
        kind=kind,
        model=request.model,
        params=params,
        price_micros_per_minute=price,
        # a hold is never empty, so that free work goes the same way as paid work
        held_micros=max(1, cost_micros(most_ms, price)),
        queue_deadline=timezone.now() + wait,
    )


def start(job: Job) -> Job:
    """Hold the money for a prepared job and enqueue it.

    Open the reader of its channel first. Raises as wallet.hold, Problem (409) when a job with the
    same idempotency key came first, and Problem (503) when the queue can't be reached; nothing is
    held and no audio is kept then.
    """
    try:
        _hold_and_save(job)
    except BaseException as error:
        settlement.forget_source(job)
        refused = isinstance(error, IntegrityError | UNPAID)
        if refused and _is_second(job):
            raise idempotency.in_flight() from None
        raise
    try:
        enqueue(job)
    except Exception as error:
        log.exception("job %s could not be enqueued", job.id)
        settlement.refuse(job, code="queue_unavailable", message="The queue is not available.")
        raise unavailable("The queue is not available. You were not charged.") from error
    return job


def _is_second(job: Job) -> bool:
    """Whether another job has its idempotency key."""
    return Job.objects.for_user(job.user).keyed(job.idempotency_key).exists()


def _hold_and_save(job: Job) -> None:
    waits = job.queue_deadline - timezone.now()
    with transaction.atomic():
        wallet.hold(
            user=job.user,
            job_id=job.id,
            amount_micros=job.held_micros,
            seconds=round(waits.total_seconds()) + HOLD_MARGIN_SECONDS,
            api_key=job.api_key,
            service=registry.get(job.kind).offer.service_type,
            price_micros_per_minute=job.price_micros_per_minute,
        )
        admission.admit(job)
        insert(job)
