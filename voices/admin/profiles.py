"""Voices in the admin: edit, switch on and off, give aliases, and listen."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from voices.models import VoiceAlias, VoiceProfile

NAME_SHOWN = 30
"""characters"""


class VoiceAliasInline(admin.TabularInline):  # type: ignore[type-arg]
    model = VoiceAlias
    extra = 1


@admin.register(VoiceProfile)
class VoiceProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Voices come from the engines, so none is added here and none that is installed deleted:
    it would be back at the next start. Switch it off instead."""

    list_display = (
        "name",
        "shown_name",
        "listen",
        "engine",
        "language",
        "gender",
        "is_active",
        "is_installed",
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
    actions = ["activate", "deactivate"]
    inlines = (VoiceAliasInline,)
    autocomplete_fields = ("owner",)
    readonly_fields = (
        "uuid",
        "engine",
        "engine_voice",
        "is_installed",
        "listen",
        "created_at",
        "updated_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[VoiceProfile]:
        in_order = Prefetch("aliases", VoiceAlias.objects.order_by("name"))
        return super().get_queryset(request).prefetch_related(in_order)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: VoiceProfile | None = None) -> bool:
        if obj is None or (obj.is_installed and not obj.is_custom):
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description=_("display name"), ordering="display_name")
    def shown_name(self, voice: VoiceProfile) -> str:
        """Short enough to leave room for the other columns."""
        return Truncator(voice.display_name).chars(NAME_SHOWN)

    @admin.display(description=_("aliases"))
    def alias_names(self, voice: VoiceProfile) -> str:
        return ", ".join(alias.name for alias in voice.aliases.all())

    @admin.display(description=_("preview"))
    def listen(self, voice: VoiceProfile) -> SafeString | str:
        """A player that loads nothing before it is started."""
        if not voice.is_installed:
            return gettext("not installed")
        return format_html(
            '<audio controls preload="none" src="{}" aria-label="{}"></audio>',
            voice.preview_url,
            _("Preview of %(name)s") % {"name": voice.display_name},
        )

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
        self.log_done(request, changed, done)
        text = ngettext("%d voice changed.", "%d voices changed.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    def log_done(self, request: HttpRequest, voices: QuerySet[VoiceProfile], done: str) -> None:
        """What a member of staff did to many voices at once, in the history of each."""
        if voices and request.user.pk:
            LogEntry.objects.log_actions(request.user.pk, voices, CHANGE, done)
