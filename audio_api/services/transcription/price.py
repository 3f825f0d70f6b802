"""What a transcript costs: the length of its recording."""

from __future__ import annotations

from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from audio_api.jobs.lanes import SOURCES
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION
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
