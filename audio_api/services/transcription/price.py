"""What a transcript costs: the length of its recording."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from audio_api.jobs import detached
from audio_api.jobs.lanes import SOURCES
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.native import affording
from audio_api.services.transcription.params import (
    TranscriptionJobRequest,
    TranscriptionRequest,
)
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION
from audiopod.common.money import billed_ms
from wallet import pricing


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
    """As `affording.most_seconds`."""
    return affording.most_seconds(
        caller,
        TRANSCRIPTION.offer,
        links=links,
        seconds=seconds,
        longest=float(settings.MAX_AUDIO_SECONDS),
    )
