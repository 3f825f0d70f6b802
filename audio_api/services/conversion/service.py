"""The conversion of recordings into other formats, as the registry of services knows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api.registry import DocsPage, ErrorCode, Sample, Service, Tab
from audio_api.services.conversion.params import ConversionRequest
from audiopod.common.features import Feature
from wallet.offers import Basis, Offer

CONVERSION = Service(
    kind="media_conversion",
    label=_("conversion"),
    offer=Offer(
        "media_converter",
        _("media conversion"),
        Basis.INPUT,
        aliases=("media_conversion",),
        charged_as=_("conversion"),
    ),
    price_micros_per_minute=10_000,
    params=ConversionRequest,
    scope="audio:write",
    scope_label=_("work on recordings: convert them, take their noise away"),
    switch=Feature(
        "media_conversion",
        "Media conversion is",
        _("Requests for conversions are refused with 503, and cost nothing."),
    ),
    detached_work="audio_api.services.conversion.work.run",
    job_type="media_converter",
    native_keys="audio_api.services.conversion.job_object.keys",
    routes="audio_api.services.conversion.api",
    uploads=("media-converter/convert", "media-converter/bulk-convert"),
    upload_setting="CONVERSION_MAX_BYTES",
    docs=DocsPage(
        slug="conversion",
        title=_("Media conversion"),
        summary=_("From any recording or film to mp3, wav, flac, ogg, m4a, aac or opus."),
    ),
    errors=(
        ErrorCode(
            "not_lossless",
            400,
            _("The format cannot keep every sample: only wav and flac are lossless."),
            _("Choose one of them, or another quality."),
        ),
    ),
    facts="audio_api.services.conversion.facts",
    tab=Tab(
        label=_("Conversion"),
        url_name="playground-conversion",
        upload="/playground/conversion/run",
    ),
    place=1,
    sample=Sample(
        share=6,
        models=(("", 1),),
        formats=(("mp3", 5), ("wav", 3), ("m4a", 2), ("flac", 1)),
        median_seconds=240.0,
        spread=1.0,
        speed=60.0,
    ),
)
SERVICES = (CONVERSION,)
