"""Text to speech, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import DocsPage, ErrorCode, Sample, Service, Tab
from audio_api.services.speech.params import SpeechRequest
from audiopod.common.features import Feature
from wallet.offers import Basis, Offer

SPEECH = Service(
    kind="speech",
    label=_("speech"),
    offer=Offer("text_to_speech", _("text to speech"), Basis.OUTPUT, charged_as=_("speech")),
    price_micros_per_minute=40_000,
    params=SpeechRequest,
    scope="voice:synthesize",
    scope_label=_("make speech"),
    switch=Feature(
        "speech",
        "Text to speech is",
        _("Requests for speech are refused with 503, and cost nothing."),
    ),
    work="audio_api.services.speech.work.speak",
    detached_work="audio_api.services.speech.detached.run",
    job_type="text_to_speech",
    native_keys="audio_api.services.speech.job_object.keys",
    routes="audio_api.services.speech.urls",
    docs=DocsPage(
        slug="speech",
        title=_("Text to speech"),
        summary=_("Say a text: voices, pace, pauses, streaming."),
    ),
    errors=(
        ErrorCode(
            "unspeakable_input",
            400,
            _("The text has no letter and no digit, so there is nothing to say."),
            _("Send text with words that the voice can say, in its own language."),
        ),
    ),
    facts="audio_api.services.speech.facts",
    tab=Tab(label=_("Speech"), url_name="playground"),
    has_voices=True,
    sample=Sample(
        share=70,
        models=(("tts-1", 5), ("gpt-4o-mini-tts", 3), ("tts-1-hd", 2)),
        formats=(("mp3", 6), ("wav", 2), ("opus", 2), ("pcm", 1)),
        median_seconds=8.0,
        spread=0.8,
        speed=9.0,
    ),
)
SERVICES = (SPEECH,)
