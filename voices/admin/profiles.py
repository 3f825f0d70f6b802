"""Voices in the admin: edit, switch on and off, give aliases, listen, and make new previews."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from voices import piper_files, tasks
from voices.admin import piper
from voices.models import VoiceAlias, VoiceProfile

NAME_SHOWN = 30
"""characters"""


class VoiceAliasInline(admin.TabularInline):  # type: ignore[type-arg]
    model = VoiceAlias
    extra = 1


@admin.register(VoiceProfile)
class VoiceProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Voices come from the engines: one that is installed would be back at the next start if it
    were deleted, and is switched off instead. Added Piper voices can be deleted."""

    list_display = (
        "name",
        "listen",
        "language",
        "gender",
        "engine",
        "shown_name",
        "is_active",
        "alias_names",
    )
    list_filter = (
        "is_active",
        "is_installed",
        "engine",
        "language",
        "gender",
        ("owner", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "display_name", "description", "engine_voice", "aliases__name")
    list_per_page = 100
    actions = ["activate", "deactivate", "regenerate", "measure"]
    inlines = (VoiceAliasInline,)
    autocomplete_fields = ("owner",)
    readonly_fields = (
        "uuid",
        "engine",
        "engine_voice",
        "is_installed",
        "listen",
        "pace",
        "gain",
        "created_at",
        "updated_at",
    )

    class Media:
        css = {"all": ["css/player.css"]}
        js = [Script("js/player.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[VoiceProfile]:
        in_order = Prefetch("aliases", VoiceAlias.objects.order_by("name"))
        return super().get_queryset(request).prefetch_related(in_order)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: VoiceProfile | None = None) -> bool:
        if obj is None:
            return False
        can_come_back = obj.is_installed and not obj.is_custom
        if can_come_back and not piper_files.is_added(obj.engine, obj.engine_voice):
            return False
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: VoiceProfile) -> None:
        engine, engine_voice = obj.engine, obj.engine_voice
        super().delete_model(request, obj)
        transaction.on_commit(partial(piper_files.discard_unused, engine, engine_voice))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(partial(piper.add_page, self))
        return [path("piper/", page, name="voices_voiceprofile_piper"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = {"may_add_piper": piper.may_add(request)}
        return super().changelist_view(request, (extra_context or {}) | may)

    @admin.display(description=_("display name"), ordering="display_name")
    def shown_name(self, voice: VoiceProfile) -> str:
        """Short enough to leave room for the other columns."""
        return Truncator(voice.display_name).chars(NAME_SHOWN)

    @admin.display(description=_("aliases"))
    def alias_names(self, voice: VoiceProfile) -> str:
        return ", ".join(alias.name for alias in voice.aliases.all())

    @admin.display(description=_("preview"))
    def listen(self, voice: VoiceProfile) -> str:
        """A button that loads nothing before it is pressed."""
        if not voice.is_installed:
            return gettext("not installed")
        name = _("Preview of %(name)s") % {"name": voice.display_name}
        return render_to_string(
            "partials/play_button.html", {"url": voice.preview_url, "name": name}
        )

    @admin.display(description=_("pace"), ordering="pace_ms")
    def pace(self, voice: VoiceProfile) -> str:
        if voice.pace_ms is None:
            return gettext("not measured yet")
        return gettext("%(pace)s ms a beat") % {"pace": f"{voice.pace_ms:.1f}"}

    @admin.display(description=_("gain"), ordering="gain_db")
    def gain(self, voice: VoiceProfile) -> str:
        if voice.gain_db is None:
            return gettext("not measured yet")
        return f"{voice.gain_db:+.1f} dB"

    @admin.action(description=_("Activate selected voices"), permissions=["change"])
    def activate(self, request: HttpRequest, voices: QuerySet[VoiceProfile]) -> None:
        self._switch(request, voices, active=True)

    @admin.action(description=_("Deactivate selected voices"), permissions=["change"])
    def deactivate(self, request: HttpRequest, voices: QuerySet[VoiceProfile]) -> None:
        self._switch(request, voices, active=False)

    def _switch(
        self, request: HttpRequest, voices: QuerySet[VoiceProfile], *, active: bool
    ) -> None:
        changed = VoiceProfile.objects.filter(
            pk__in=list(voices.exclude(is_active=active).values_list("pk", flat=True))
        )
        count = changed.update(is_active=active)
        done = gettext("Activated.") if active else gettext("Deactivated.")
        self._log(request, changed, done)
        text = ngettext("%d voice changed.", "%d voices changed.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Make new previews of selected voices"), permissions=["change"])
    def regenerate(self, request: HttpRequest, voices: QuerySet[VoiceProfile]) -> None:
        """Each is made by a worker; until then the old one is heard."""
        installed = voices.filter(is_installed=True)
        for pk in installed.values_list("pk", flat=True):
            transaction.on_commit(partial(tasks.regenerate_preview.send, pk))
        self._log(request, installed, gettext("A new preview was asked for."))
        count = installed.count()
        text = ngettext(
            "%d preview is being made. Load this page again to hear it.",
            "%d previews are being made. Load this page again to hear them.",
            count,
        )
        self.message_user(request, text % count, messages.SUCCESS)

    @admin.action(description=_("Measure selected voices anew"), permissions=["change"])
    def measure(self, request: HttpRequest, voices: QuerySet[VoiceProfile]) -> None:
        """How fast and how loud they are; a worker lets each of them speak."""
        installed = voices.filter(is_installed=True)
        for pk in installed.values_list("pk", flat=True):
            transaction.on_commit(partial(tasks.measure.send, pk))
        self._log(request, installed, gettext("A measurement was asked for."))
        count = installed.count()
        text = ngettext("%d voice is being measured.", "%d voices are being measured.", count)
        self.message_user(request, text % count, messages.SUCCESS)

    def _log(self, request: HttpRequest, voices: QuerySet[VoiceProfile], done: str) -> None:
        """What a member of staff did to many voices at once, in the history of each."""
        if voices and request.user.pk:
            LogEntry.objects.log_actions(request.user.pk, voices, CHANGE, done)
