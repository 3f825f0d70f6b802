"""Text to speech, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import Service

SPEECH = Service(kind="speech", label=_("speech"), work="audio_api.services.speech.work.speak")
