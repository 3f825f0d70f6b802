"""`/`: the front page, for visitors, and the two files that browsers and robots look for."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from audiopod.common import features
from dashboard.docs.examples import base_url
from voices.languages import in_words
from voices.models import VoiceProfile
from wallet import pricing

PLACEHOLDER_KEY = "YOUR_API_KEY"
SHOWN_VOICES = ("af_heart", "bf_emma", "am_michael", "ef_dora", "ff_siwis", "if_sara")
"""Those to hear at once, where they are offered: of several kinds and languages."""
VOICES_SHOWN = 6
NOT_FOR_ROBOTS = ("/account/", "/api/", "/dashboard/", "/playground/")
"""Paths that need a login or are not pages. That of the admin is not published."""
KEEP_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Heard:
    """A voice to play. language: in words."""

    voice: VoiceProfile
    language: str


def snippet_values() -> dict[str, str]:
    """What stands in the example while the reader has no key."""
    return {"base_url": base_url(), "api_key": PLACEHOLDER_KEY}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "prices": pricing.price_list(),
        "voices": voices_to_hear(),
        "public_url": settings.PUBLIC_URL,
        "may_sign_up": features.is_on(features.SIGN_UP),
        **snippet_values(),
    }
    return render(request, "home.html", context)


def voices_to_hear() -> list[Heard]:
    """A few public voices: the chosen ones, or where none of them is installed any."""
    offered = VoiceProfile.objects.offered().public()
    chosen = {voice.name: voice for voice in offered.filter(name__in=SHOWN_VOICES)}
    voices = [chosen[name] for name in SHOWN_VOICES if name in chosen]
    return [
        Heard(voice, in_words(voice.language)) for voice in voices or list(offered[:VOICES_SHOWN])
    ]


@cache_control(public=True, max_age=KEEP_SECONDS)
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask at the old address, whatever a page says."""
    return HttpResponseRedirect(static("img/favicon.svg"))


@cache_control(public=True, max_age=KEEP_SECONDS)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
