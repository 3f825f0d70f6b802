"""Speech to text, in its own language or in English, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import Service
from wallet.offers import Basis, Offer

WORK = "audio_api.services.transcription.work.transcribe"

TRANSCRIPTION = Service(
    kind="transcription",
    label=_("transcription"),
    offer=Offer("transcription", _("transcription"), Basis.INPUT),
    work=WORK,
)
TRANSLATION = Service(
    kind="translation",
    label=_("translation"),
    offer=Offer("translation", _("translation"), Basis.INPUT),
    work=WORK,
)
SERVICES = (TRANSCRIPTION, TRANSLATION)
