"""The front half: from a valid request to a job in the queue, paid for in advance."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from audio.engines.speech.text import breaks_ms
from audio_api import admission, idempotency, settlement
from audio_api.idempotency import Once
from audio_api.leases import HOLD_MARGIN_SECONDS
from audio_api.models import Job
from audio_api.queueing import SOURCES, enqueue, is_batch, patience
from audio_api.requests import SpeechRequest, TranscriptionRequest
from audiopod.common.money import cost_micros
from audiopod.common.problem import unavailable
from wallet import pricing
from wallet import services as wallet

log = logging.getLogger(__name__)

_UNPAID = wallet.InsufficientBalance | wallet.BudgetExceeded | wallet.SpendingFrozen

# An upper bound of how long text may sound at speed 1, in milliseconds: what is held, not what
# is paid. Letters of words are generous against 60 to 90 measured; a digit, a capital, a symbol,
# an ideograph or a letter of a word without vowels may be a word of its own. What exceeds the
# hold all the same is written off, never charged.
BASE_MS = 1_500
LETTER_MS = 120
SPELT_MS = 600
_SPELT_WORD = re.compile(r"\b[b-df-hj-np-tv-xz]+\b")
_SAID_LONG = re.compile("[≤≥≈±\ufdf0-\ufdff]")
"""Signs that are said in several words."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a job is started."""

    user: User
    api_key: ApiKey | None
    request_id: str
    once: Once | None = None
    """Set where the client gave an `Idempotency-Key`."""


def require_funds(caller: Caller) -> None:
    """Refuse who can spend nothing before anything is decoded. Raises as wallet.require_funds."""
    wallet.require_funds(caller.user, caller.api_key)


def longest_speech_ms(text: str, speed: float) -> int:
    """An upper bound of the spoken length of `text`, in milliseconds."""
    said = _SAID_LONG.sub("999", text)
    said = _SPELT_WORD.sub(lambda word: "9" * len(word[0]), said)
    plain = sum(1 for c in said if c.isspace() or (c.islower() and c.isascii()) or c in ".,;:'-")
    spelt = len(said) - plain
    spoken_ms = round((BASE_MS + plain * LETTER_MS + spelt * SPELT_MS) / speed)
    return spoken_ms + breaks_ms(text)


def prepare_speech(caller: Caller, request: SpeechRequest) -> Job:
    """A job, not saved yet, that may cost as much as the longest such speech."""
    price = pricing.price_now(pricing.Service.TEXT_TO_SPEECH)
    longest_ms = longest_speech_ms(request.text, request.speed)
    job = _job(caller, Job.Kind.SPEECH, request, price, longest_ms)
    job.voice_name = request.voice_name
    return job


def prepare_transcription(caller: Caller, request: TranscriptionRequest, audio: Path) -> Job:
    """A job, not saved yet, that costs what the decoded audio costs.

    audio: a file of 16 kHz mono s16le samples, which is copied into the storage.
    """
    translate = request.task == "translate"
    service = pricing.Service.TRANSLATION if translate else pricing.Service.TRANSCRIPTION
    kind = Job.Kind.TRANSLATION if translate else Job.Kind.TRANSCRIPTION
    audio_ms = request.billed_ms
    job = _job(caller, kind, request, pricing.price_now(service), audio_ms)
    with audio.open("rb") as file:
        job.source = default_storage.save(f"{SOURCES}/{job.id}.pcm", File(file))
    return job


def _job(
    caller: Caller,
    kind: Job.Kind,
    request: SpeechRequest | TranscriptionRequest,
    price: int,
    most_ms: int,
) -> Job:
    params: dict[str, Any] = request.params()
    wait = patience(batch=is_batch(seconds=params.get("seconds", 0)))
    return Job(
        user=caller.user,
        api_key=caller.api_key,
        request_id=caller.request_id,
        idempotency_key=caller.once.key if caller.once else "",
        fingerprint=caller.once.fingerprint if caller.once else "",
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
        refused = isinstance(error, IntegrityError | _UNPAID)
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
    same = Job.objects.filter(user=job.user, idempotency_key=job.idempotency_key)
    return job.is_kept and same.exists()


def _hold_and_save(job: Job) -> None:
    waits = job.queue_deadline - timezone.now()
    with transaction.atomic():
        wallet.hold(
            user=job.user,
            job_id=job.id,
            amount_micros=job.held_micros,
            seconds=round(waits.total_seconds()) + HOLD_MARGIN_SECONDS,
            api_key=job.api_key,
        )
        admission.admit(job)
        job.save(force_insert=True)
