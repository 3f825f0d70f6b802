"""What a transcript costs: the length of its recording.

That of a link is not known before a worker has fetched it. Its job holds the price of
`URL_INTAKE_HOLD_SECONDS` for each link, or what the account can spend if that is less; a recording
that turns out to be longer is not worked on, and costs nothing.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from audio_api.jobs import detached
from audio_api.jobs.lanes import SOURCES
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.services.transcription.params import (
    TranscriptionJobRequest,
    TranscriptionRequest,
    billed_ms,
)
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION
from audiopod.common.money import MS_PER_MINUTE, cost_micros
from wallet import pricing
from wallet import services as wallet

MIN_SECONDS = 1.0
"""An account that cannot pay for so much has no link fetched for it."""


def prepare_transcription(caller: Caller, request: TranscriptionRequest, audio: Path) -> Job:
    """A job, not saved yet, that costs what the decoded audio costs.

    audio: a file of 16 kHz mono s16le samples, which is copied into the storage.
    """
    service = TRANSLATION if request.task == "translate" else TRANSCRIPTION
    price = pricing.price_now(service.offer.service_type)
    job = new_job(caller, service.kind, request, price, request.billed_ms)
    with audio.open("rb") as file:
        job.source = default_storage.save(f"{SOURCES}/{job.id}.pcm", File(file))
    return job


def prepare_transcription_job(
    caller: Caller, request: TranscriptionJobRequest, *, display_name: str
) -> Job:
    """The same for a transcript that no client waits for; `request.most_seconds` is held for.

    Add its files when it is started.
    """
    price = pricing.price_now(TRANSCRIPTION.offer.service_type)
    most_ms = billed_ms(request.most_seconds)
    return detached.prepare(
        caller, TRANSCRIPTION.kind, request, price, most_ms, display_name=display_name
    )


def most_seconds(caller: Caller, links: int, seconds: float) -> float:
    """How long all recordings of a job may be: those that it has, and what its links lead to.

    links: how many; seconds: of the recordings that it has. Raises as `wallet.require_funds` where
    the account cannot pay for these, or for a second.
    """
    if not links:
        return seconds
    price = pricing.price_now(TRANSCRIPTION.offer.service_type)
    wanted: float = seconds + links * settings.URL_INTAKE_HOLD_SECONDS
    wanted = min(wanted, float(settings.MAX_AUDIO_SECONDS))
    wanted_micros = max(1, cost_micros(billed_ms(wanted), price))
    least_micros = max(1, cost_micros(billed_ms(max(seconds, MIN_SECONDS)), price))
    micros = _affordable(caller, wanted_micros, least_micros)
    if micros == wanted_micros:
        return wanted
    # down to a whole millisecond, whose price is not above what there is
    return float(micros * MS_PER_MINUTE // price) / 1000


def _affordable(caller: Caller, wanted_micros: int, least_micros: int) -> int:
    """As much of what is wanted as balance and budgets allow. Raises as `wallet.require_funds`."""
    while True:
        try:
            wallet.require_funds(caller.user, caller.api_key, wanted_micros)
        except wallet.InsufficientBalance as error:
            left = error.available_micros
            if left < least_micros or left >= wanted_micros:
                raise
        except wallet.BudgetExceeded as error:
            left = error.left_micros
            if left < least_micros or left >= wanted_micros:
                raise
        else:
            return wanted_micros
        wanted_micros = left
