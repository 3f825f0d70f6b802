"""Text to speech, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import Service
from wallet.offers import Basis, Offer

SPEECH = Service(
    kind="speech",
    label=_("speech"),
    offer=Offer("text_to_speech", _("text to speech"), Basis.OUTPUT, charged_as=_("speech")),
    work="audio_api.services.speech.work.speak",
    job_type="text_to_speech",
)
SERVICES = (SPEECH,)
