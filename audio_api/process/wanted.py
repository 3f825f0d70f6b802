"""The weights that an installation with these settings works with."""

from __future__ import annotations

from django.conf import settings

from audio.engines.transcription import choosing
from audio.weights import Asset, catalogue, default_assets


def assets() -> list[Asset]:
    """What works on any machine, and the model that is to transcribe where it can be fetched: it is
    no folder, and no name on the hub, which the engine takes from there itself."""
    named: str = settings.WHISPER_MODEL
    if named == choosing.AUTO:
        has_gpu = choosing.has_gpu(settings.ENGINE_DEVICE)
        named, *_ = choosing.suitable(has_gpu=has_gpu, threads=settings.ENGINE_THREADS)
    found = default_assets()
    transcribes = catalogue().get(named)
    return found if transcribes is None or transcribes in found else [*found, transcribes]
