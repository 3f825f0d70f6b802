"""The page of the admin that adds a Piper voice from its two files."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from audio.engines.base import EngineError
from audiopod.common import staff_pass
from voices.adding import NotAVoice
from voices.forms import PiperVoiceForm
from voices.models import VoiceProfile


def may_add(request: HttpRequest) -> bool:
    return request.user.has_perm("voices.add_voiceprofile")


def add_page(of: admin.ModelAdmin[VoiceProfile], request: HttpRequest) -> HttpResponse:
    """The form for a Piper voice. It takes seconds to answer: the voice is tried first."""
    if not may_add(request):
        raise PermissionDenied
    form = PiperVoiceForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (voice := _added(form)):
        of.log_addition(request, voice, [{"added": {}}])
        done = gettext("%(name)s is offered.") % {"name": voice.name}
        of.message_user(request, done, messages.SUCCESS)
        return redirect("admin:voices_voiceprofile_change", voice.pk)
    context = of.admin_site.each_context(request) | {
        "title": gettext("Add a Piper voice"),
        "opts": of.opts,
        "form": form,
    }
    response = TemplateResponse(request, "admin/voices/voiceprofile/piper.html", context)
    staff_pass.give(response, user_id=request.user.pk, path=request.path)
    return response


def _added(form: PiperVoiceForm) -> VoiceProfile | None:
    """The voice of a valid form, or None with the reason among the form's errors."""
    try:
        return form.add()
    except ValidationError as error:
        form.add_error(None, error)
    except (NotAVoice, EngineError) as error:
        form.add_error(None, str(error))
    return None
