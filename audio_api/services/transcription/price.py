"""What a transcript costs: the length of its recording."""

from __future__ import annotations

from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from audio_api.jobs.lanes import SOURCES
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.services.transcription.params import TranscriptionRequest
from wallet import pricing


def prepare_transcription(caller: Caller, request: TranscriptionRequest, audio: Path) -> Job:
    """A job, not saved yet, that costs what the decoded audio costs.

    audio: a file of 16 kHz mono s16le samples, which is copied into the storage.
    """
    translate = request.task == "translate"
    service = pricing.Service.TRANSLATION if translate else pricing.Service.TRANSCRIPTION
    kind = Job.Kind.TRANSLATION if translate else Job.Kind.TRANSCRIPTION
    audio_ms = request.billed_ms
    job = new_job(caller, kind, request, pricing.price_now(service), audio_ms)
    with audio.open("rb") as file:
        job.source = default_storage.save(f"{SOURCES}/{job.id}.pcm", File(file))
    return job
