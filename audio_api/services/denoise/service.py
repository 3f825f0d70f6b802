"""Noise reduction, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio.engines.base import Cleaning
from audio_api.registry import DocsPage, ErrorCode, Sample, Service, Tab
from audio_api.services.denoise.params import DenoiseRequest
from audiopod.common.features import Feature
from wallet.offers import Basis, Offer

DENOISE = Service(
    kind="noise_reduction",
    label=_("noise reduction"),
    offer=Offer(
        "denoise",
        _("noise reduction"),
        Basis.INPUT,
        aliases=("denoise_audio", "noise_reduction"),
        modes=tuple(Cleaning),
        default_mode=Cleaning.BALANCED,
        charged_as=_("noise reduction"),
    ),
    price_micros_per_minute=20_000,
    params=DenoiseRequest,
    scope="audio:write",
    scope_label=_("work on recordings: convert them, take their noise away"),
    switch=Feature(
        "noise_reduction",
        "Noise reduction is",
        _("Requests for noise reduction are refused with 503, and cost nothing."),
    ),
    detached_work="audio_api.services.denoise.work.run",
    job_type="denoise",
    native_keys="audio_api.services.denoise.job_object.keys",
    routes="audio_api.services.denoise.api",
    uploads=("denoiser/denoise",),
    upload_setting="DENOISE_MAX_BYTES",
    docs=DocsPage(
        slug="noise-reduction",
        title=_("Noise reduction"),
        summary=_("Speech without the hum, the wind and the street behind it, in sound and film."),
    ),
    errors=(
        ErrorCode(
            "model_not_installed",
            501,
            _("The server has no engine for this kind of work."),
            _("Its operator can install one: “message” has the command."),
        ),
    ),
    facts="audio_api.services.denoise.facts",
    tab=Tab(
        label=_("Noise reduction"),
        url_name="playground-denoise",
        upload="/playground/denoise/run",
    ),
    place=1,
    sample=Sample(
        share=4,
        models=(("", 1),),
        formats=(("wav", 3), ("mp3", 3), ("m4a", 2), ("mp4", 2)),
        median_seconds=180.0,
        spread=1.0,
        speed=3.0,
    ),
)
SERVICES = (DENOISE,)
