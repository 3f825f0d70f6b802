"""What AudioPod sells: a kind of work is one folder here, and one line of `SERVICES`."""

from __future__ import annotations

from audio_api.registry import Service
from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION

__all__ = ["SERVICES"]

SERVICES: tuple[Service, ...] = (SPEECH, TRANSCRIPTION, TRANSLATION)
