"""Tones, as the registry of services knows them."""

from __future__ import annotations

from audio_api.services.tone.params import ToneRequest
from django.utils.translation import gettext_lazy as _

from audio_api.registry import DocsPage, ErrorCode, Sample, Service
from audiopod.common.features import Feature
from wallet.offers import Basis, Offer

TONE = Service(
    kind="tone",
    label=_("tone"),
    offer=Offer("tone_making", _("tones"), Basis.OUTPUT, charged_as=_("tone")),
    price_micros_per_minute=60_000,
    params=ToneRequest,
    scope="tones:ring",
    scope_label=_("ring tones"),
    switch=Feature("tone", "The making of tones is", _("Nobody gets a tone.")),
    work="audio_api.services.tone.work.ring",
    routes="audio_api.services.tone.api",
    uploads=("tones/tuned",),
    docs=DocsPage("tones", _("Tones"), _("One pitch, as long as you like.")),
    errors=(ErrorCode("too_high", 400, _("Nobody hears so high a tone."), _("Ask for less.")),),
    sample=Sample(
        share=10,
        models=(("bell-1", 1),),
        formats=(("pcm", 1),),
        median_seconds=2.0,
        spread=0.5,
        speed=50.0,
    ),
)
SERVICES = (TONE,)
