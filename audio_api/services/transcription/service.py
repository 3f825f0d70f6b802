"""Speech to text, in its own language or in English, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import DocsPage, ErrorCode, Sample, Service, Tab
from audio_api.services.transcription.params import TranscriptionRequest
from audiopod.common.features import Feature
from wallet.offers import Basis, Offer

SCOPE = "transcribe"
SCOPE_LABEL = _("transcribe and translate recordings")
SWITCH = Feature(
    "transcription",
    "Transcription and translation are",
    _("Requests for transcripts and translations are refused with 503, and cost nothing."),
)
DOCS = DocsPage(
    slug="transcription",
    title=_("Transcription and translation"),
    summary=_("Write down what is said, in its language or in English, whole or as it is heard."),
)
UNSUPPORTED = ErrorCode(
    "unsupported_value",
    400,
    _("OpenAI has this and this server does not: speaker names, for example."),
    _("Leave it out, or choose what “message” offers."),
)
UNKNOWN_LANGUAGE = ErrorCode(
    "invalid_language_format",
    400,
    _("Whisper does not know this language."),
    _("Send an ISO 639-1 code such as “en”, or leave it out."),
)
NO_MODEL = ErrorCode(
    "model_not_installed",
    400,
    _("What is asked for needs a model that this server does not have."),
    _("Leave it out: “message” says what."),
)
NO_RECORDING = ErrorCode(
    "file_not_found",
    404,
    _("The job has no recording of that number."),
    _("Count from 0."),
)
CHANGED = ErrorCode(
    "transcript_changed",
    409,
    _("Another request edited the transcript meanwhile."),
    _("Read it again, and send your changes to that."),
)
TOO_OFTEN = ErrorCode(
    "too_many_versions",
    409,
    _("The transcript was corrected as often as versions of it are kept."),
    _("Download it, and go on with your own copy."),
)
WORK = "audio_api.services.transcription.work.transcribe"
ROUTES = "audio_api.services.transcription.urls"
FACTS = "audio_api.services.transcription.facts"

TRANSCRIPTION = Service(
    kind="transcription",
    label=_("transcription"),
    offer=Offer("transcription", _("transcription"), Basis.INPUT),
    price_micros_per_minute=10_000,
    params=TranscriptionRequest,
    scope=SCOPE,
    scope_label=SCOPE_LABEL,
    switch=SWITCH,
    work=WORK,
    detached_work="audio_api.services.transcription.detached.run",
    job_type="transcription",
    native_keys="audio_api.services.transcription.job_object.keys",
    routes=ROUTES,
    docs=DOCS,
    errors=(UNKNOWN_LANGUAGE, UNSUPPORTED, NO_MODEL, NO_RECORDING, CHANGED, TOO_OFTEN),
    facts=FACTS,
    uploads=(
        "audio/transcriptions",
        "transcription/transcribe-upload",
        "transcription/transcribe",
        "transcribe/transcribe-upload",
        "transcribe/transcribe",
    ),
    tab=Tab(
        label=_("Transcription"),
        url_name="playground-transcription",
        upload="/playground/transcription/run",
    ),
    sample=Sample(
        share=25,
        models=(("whisper-1", 6), ("gpt-4o-mini-transcribe", 4)),
        formats=(("json", 1),),
        median_seconds=95.0,
        spread=1.1,
        speed=14.0,
    ),
)
TRANSLATION = Service(
    kind="translation",
    label=_("translation"),
    offer=Offer("translation", _("translation"), Basis.INPUT),
    price_micros_per_minute=10_000,
    params=TranscriptionRequest,
    scope=SCOPE,
    scope_label=SCOPE_LABEL,
    switch=SWITCH,
    work=WORK,
    routes=ROUTES,
    docs=DOCS,
    errors=(UNSUPPORTED,),
    facts=FACTS,
    uploads=("audio/translations",),
    sample=Sample(
        share=5,
        models=(("whisper-1", 1),),
        formats=(("json", 1),),
        median_seconds=60.0,
        spread=0.9,
        speed=12.0,
    ),
)
SERVICES = (TRANSCRIPTION, TRANSLATION)
