"""The pages of the playground, and what changes on them while a form is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from accounts.models import User
from audio.codecs.targets import Quality, Target
from audio.engines.base import Cleaning
from audio_api import registry
from audio_api.services.conversion.service import CONVERSION
from audio_api.services.denoise.service import DENOISE
from audio_api.services.speech.api import pronounced_for
from audio_api.services.speech.serializer import MAX_INPUT_CHARACTERS, MAX_SPEED, MIN_SPEED
from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.serializer import MAX_PROMPT_CHARACTERS
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.common import features
from audiopod.common.features import Feature
from audiopod.common.problem import Problem
from audiopod.gate import PAGE_BODY_BYTES
from dashboard.playground import code, estimate, forms
from dashboard.playground.choices import (
    SPEECH_FORMATS,
    SPEECH_MODELS,
    TRANSCRIPTION_MODELS,
    spoken_languages,
    voices_for,
)
from dashboard.playground.words import needs_money
from voices.services import UnknownVoice, resolve
from wallet.services import balance

MAX_SHOWN_CHARACTERS = 2 * MAX_INPUT_CHARACTERS
"""Of a text that is put back onto the page, or into a program: more than may be asked for."""
FORM_BYTES = PAGE_BODY_BYTES - 64 * 1024
"""Of a recording that is sent as any form is, with room for the other fields."""
QUALITIES: dict[Quality, Promise] = {
    Quality.LOW: _("low: small files"),
    Quality.MEDIUM: _("medium"),
    Quality.HIGH: _("high"),
    Quality.LOSSLESS: _("lossless: wav and flac only"),
}
MODES: dict[Cleaning, Promise] = {
    Cleaning.BALANCED: _("balanced: a little noise stays"),
    Cleaning.STUDIO: _("studio: all that can be taken away"),
    Cleaning.ULTRA: _("ultra: also between the words"),
}
PLAYED_FROM_MEMORY = {"media-src": ["blob:"]}
"""Audio that comes in pieces or from the microphone is played from the browser's memory."""

Show = Callable[..., HttpResponse]


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_safe
def speech(request: UserRequest) -> HttpResponse:
    form = QueryDict(mutable=True)
    form["voice"] = request.GET.get("voice", "")
    return show_speech(request, form)


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_safe
def transcription(request: UserRequest) -> HttpResponse:
    return show_transcription(request, QueryDict())


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_safe
def conversion(request: UserRequest) -> HttpResponse:
    return show_conversion(request, QueryDict())


@csp_update(PLAYED_FROM_MEMORY)  # type: ignore[arg-type]  # who is here has logged in
@never_cache
@login_required
@require_safe
def denoise(request: UserRequest) -> HttpResponse:
    return show_denoise(request, QueryDict())


@never_cache
@login_required
@require_POST
def speech_ahead(request: UserRequest) -> HttpResponse:
    """The estimate and the programs for the form as it stands."""
    fields = _shortened(forms.speech_fields(request.POST))
    return render(request, "playground/ahead.html", _ahead_of_speech(request.user, fields))


@never_cache
@login_required
@require_POST
def transcription_ahead(request: UserRequest) -> HttpResponse:
    return render(request, "playground/ahead.html", _ahead_of_transcription(request.POST))


@never_cache
@login_required
@require_POST
def conversion_ahead(request: UserRequest) -> HttpResponse:
    return render(request, "playground/ahead.html", _ahead_of_conversion(request.POST))


@never_cache
@login_required
@require_POST
def denoise_ahead(request: UserRequest) -> HttpResponse:
    return render(request, "playground/ahead.html", _ahead_of_denoise(request.POST))


def show_speech(
    request: UserRequest, form: QueryDict, problem: Problem | None = None
) -> HttpResponse:
    """The page with the form as it was sent, and why it was refused."""
    if off := _switched_off(request, SPEECH.switch):
        return off
    voices = voices_for(request.user, form.get("voice", ""))
    fields = _shortened(forms.speech_fields(form))
    fields["voice"] = voices.chosen.name if voices.chosen else ""
    speed = fields["speed"]
    page = {
        "form": fields | {"speed": speed if isinstance(speed, int | float) else 1},
        "voices": voices,
        "models": SPEECH_MODELS,
        "formats": SPEECH_FORMATS,
        "max_characters": MAX_INPUT_CHARACTERS,
        "min_speed": MIN_SPEED,
        "max_speed": MAX_SPEED,
        **_ahead_of_speech(request.user, fields),
    }
    return _shown(request, "playground/speech.html", page, problem)


def show_transcription(
    request: UserRequest, form: QueryDict, problem: Problem | None = None
) -> HttpResponse:
    if off := _switched_off(request, TRANSCRIPTION.switch):
        return off
    page = {
        "form": form.dict() | {"prompt": form.get("prompt", "")[:MAX_SHOWN_CHARACTERS]},
        "translate": forms.is_translation(form),
        "models": TRANSCRIPTION_MODELS,
        "languages": spoken_languages(),
        "max_characters": MAX_PROMPT_CHARACTERS,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "form_bytes": min(FORM_BYTES, settings.MAX_UPLOAD_BYTES),
        **_ahead_of_transcription(form),
    }
    return _shown(request, "playground/transcription.html", page, problem)


def show_conversion(
    request: UserRequest, form: QueryDict, problem: Problem | None = None
) -> HttpResponse:
    if off := _switched_off(request, CONVERSION.switch):
        return off
    page = {
        "form": forms.conversion_fields(form),
        "targets": [(target.value, target.recipe) for target in Target],
        "qualities": QUALITIES.items(),
        "max_bytes": settings.CONVERSION_MAX_BYTES,
        "form_bytes": min(FORM_BYTES, settings.CONVERSION_MAX_BYTES),
        **_ahead_of_conversion(form),
    }
    return _shown(request, "playground/conversion.html", page, problem)


def show_denoise(
    request: UserRequest, form: QueryDict, problem: Problem | None = None
) -> HttpResponse:
    if off := _switched_off(request, DENOISE.switch):
        return off
    page = {
        "form": forms.denoise_fields(form),
        "modes": MODES.items(),
        "max_bytes": settings.DENOISE_MAX_BYTES,
        "form_bytes": min(FORM_BYTES, settings.DENOISE_MAX_BYTES),
        **_ahead_of_denoise(form),
    }
    return _shown(request, "playground/denoise.html", page, problem)


def address_of(show: Show) -> str:
    """The URL of the page that a run was sent from."""
    return reverse(
        {
            show_speech: "playground",
            show_transcription: "playground-transcription",
            show_conversion: "playground-conversion",
            show_denoise: "playground-denoise",
        }[show]
    )


def _ahead_of_speech(user: User, fields: dict[str, Any]) -> dict[str, Any]:
    speed = fields["speed"] if isinstance(fields["speed"], int | float) else 1
    try:
        voice = resolve(user, fields["voice"])
    except UnknownVoice:
        voice = None
    return {
        "estimate": estimate.of_speech(_said(user, fields["input"]), speed, voice),
        "programs": code.of_speech(fields),
    }


def _said(user: User, text: str) -> str:
    """A text as the account's dictionary says it; "" for none, and for one that is refused."""
    text = text[:MAX_INPUT_CHARACTERS]
    try:
        return text and (pronounced_for(user, text, param="input") or text)
    except Problem:
        return ""


def _ahead_of_transcription(form: QueryDict) -> dict[str, Any]:
    translate = forms.is_translation(form)
    return {
        "estimate": estimate.of_recording(forms.seconds_of(form), translate=translate),
        "programs": code.of_transcription(
            _shortened(forms.heard_fields(form)),
            translate=translate,
            file_name=form.get("file_name", ""),
        ),
    }


def _ahead_of_conversion(form: QueryDict) -> dict[str, Any]:
    return {
        "estimate": estimate.of_conversion(forms.seconds_of(form)),
        "programs": code.of_conversion(
            _shortened(forms.conversion_fields(form)), file_name=form.get("file_name", "")
        ),
    }


def _ahead_of_denoise(form: QueryDict) -> dict[str, Any]:
    fields = _shortened(forms.denoise_fields(form))
    return {
        "estimate": estimate.of_denoise(forms.seconds_of(form), fields["quality_mode"]),
        "programs": code.of_denoise(fields, file_name=form.get("file_name", "")),
    }


def _shortened(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value[:MAX_SHOWN_CHARACTERS] if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _shown(
    request: UserRequest, template: str, page: dict[str, Any], problem: Problem | None
) -> HttpResponse:
    page |= {"balance": balance(request.user), "problem": problem, "tabs": registry.tabs()}
    page["needs_money"] = problem is not None and needs_money(problem)
    return render(request, template, page, status=problem.status if problem else None)


def _switched_off(request: HttpRequest, feature: Feature) -> HttpResponse | None:
    """The page for a playground or feature that is switched off; None where both are on."""
    if features.is_on(features.PLAYGROUND) and features.is_on(feature):
        return None
    return render(request, "playground/off.html", {"home": reverse("dashboard")})
