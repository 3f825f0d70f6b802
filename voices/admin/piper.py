"""What the admin of voices can do because there are engines: new previews, added Piper voices."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audio.engines.base import EngineError
from audio.engines.speech.piper_config import CONFIG_BYTES, LARGEST_MODEL_BYTES
from audiopod.common import staff_pass
from voices import adding, piper_files, tasks
from voices.adding import NewVoice, NotAVoice
from voices.admin.profiles import VoiceProfileAdmin
from voices.models import VoiceProfile

if TYPE_CHECKING:
    VoiceModelForm = forms.ModelForm[VoiceProfile]
else:
    VoiceModelForm = forms.ModelForm

admin.site.unregister(VoiceProfile)


class PiperVoiceForm(VoiceModelForm):
    """A voice and its two files, as Piper's training or its library of voices has them."""

    model = forms.FileField(
        label=_("Model"),
        help_text=_("the .onnx, at most %(size)d MB") % {"size": LARGEST_MODEL_BYTES // 10**6},
        widget=forms.FileInput(attrs={"accept": ".onnx"}),
    )
    config = forms.FileField(
        label=_("Configuration"),
        help_text=_("the .onnx.json that belongs to it"),
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )

    class Meta:
        model = VoiceProfile
        fields = ("name", "display_name", "language", "gender", "accent", "description", "tags")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "tags": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["language"].required = False
        self.fields["language"].help_text = _("BCP 47: en-GB. Nothing: what its file says.")

    def clean_model(self) -> TemporaryUploadedFile:
        model = self.cleaned_data["model"]
        if not isinstance(model, TemporaryUploadedFile):  # it fits into memory
            raise ValidationError(_("This file is too small to be a voice."))
        return model

    def clean_config(self) -> bytes:
        config = self.cleaned_data["config"]
        if config.size > CONFIG_BYTES:
            raise ValidationError(_("This file is too large to be a configuration."))
        return bytes(config.read())

    def add(self) -> VoiceProfile:
        """The voice. Raises as `voice_intake.add` does."""
        given = self.cleaned_data
        words = {name: given[name] for name in self.Meta.fields}
        new = NewVoice(**words | {"tags": given["tags"] or []})
        model = Path(given["model"].temporary_file_path())
        return adding.add(new, model=model, config=given["config"])


@admin.register(VoiceProfile)
class SpokenVoiceAdmin(VoiceProfileAdmin):
    actions = [*VoiceProfileAdmin.actions, "regenerate"]

    @admin.action(description=_("Make new previews of selected voices"), permissions=["change"])
    def regenerate(self, request: HttpRequest, voices: QuerySet[VoiceProfile]) -> None:
        """Each is made by a worker; until then the old one is heard."""
        installed = voices.filter(is_installed=True)
        for pk in installed.values_list("pk", flat=True):
            transaction.on_commit(partial(tasks.regenerate_preview.send, pk))
        self.log_done(request, installed, gettext("A new preview was asked for."))
        count = installed.count()
        text = ngettext(
            "%d preview is being made. Load this page again to hear it.",
            "%d previews are being made. Load this page again to hear them.",
            count,
        )
        self.message_user(request, text % count, messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: VoiceProfile | None = None) -> bool:
        """A voice that was added can also be taken away."""
        if obj is not None and piper_files.is_added(obj.engine, obj.engine_voice):
            return request.user.has_perm("voices.delete_voiceprofile")
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: VoiceProfile) -> None:
        engine, engine_voice = obj.engine, obj.engine_voice
        super().delete_model(request, obj)
        transaction.on_commit(partial(piper_files.discard_unused, engine, engine_voice))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.add_piper_page)
        return [path("piper/", page, name="voices_voiceprofile_piper"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        may = {"may_add_piper": self._may_add(request)}
        return super().changelist_view(request, (extra_context or {}) | may)

    def _may_add(self, request: HttpRequest) -> bool:
        return request.user.has_perm("voices.add_voiceprofile")

    def add_piper_page(self, request: HttpRequest) -> HttpResponse:
        """The form for a Piper voice. It takes seconds to answer: the voice is tried first."""
        if not self._may_add(request):
            raise PermissionDenied
        form = PiperVoiceForm(request.POST or None, request.FILES or None)
        if form.is_valid() and (voice := _added(form)):
            self.log_addition(request, voice, [{"added": {}}])
            done = gettext("%(name)s is offered.") % {"name": voice.name}
            self.message_user(request, done, messages.SUCCESS)
            return HttpResponseRedirect(
                reverse("admin:voices_voiceprofile_change", args=[voice.pk])
            )
        context = self.admin_site.each_context(request) | {
            "title": gettext("Add a Piper voice"),
            "opts": self.opts,
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
