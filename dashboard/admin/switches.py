"""Feature switches in the admin: each with what happens while it is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from waffle.models import Flag, Sample, Switch

from audiopod.common import features

if TYPE_CHECKING:
    SwitchModelAdmin = admin.ModelAdmin[Switch]
else:
    SwitchModelAdmin = admin.ModelAdmin

apps.get_app_config("waffle").verbose_name = gettext_lazy("Features")
# A feature is on or off for everybody: there are no flags for some, and no samples.
for model in (Flag, Sample, Switch):
    admin.site.unregister(model)


@admin.register(Switch)
class SwitchAdmin(SwitchModelAdmin):
    """One for each feature. The admin neither makes nor deletes them."""

    list_display = ["name", "active", "when_off", "modified"]
    ordering = ["name"]
    fields = ["name", "when_off", "active", "note", "modified"]
    readonly_fields = ["name", "when_off", "modified"]
    actions = ["switch_on", "switch_off"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("when it is off"))
    def when_off(self, switch: Switch) -> str:
        feature = features.get(switch.name)
        return str(feature.when_off) if feature else _("Nothing here asks for it.")

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Switch]) -> None:
        self._turn(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Switch]) -> None:
        self._turn(request, queryset, active=False)

    def _turn(self, request: HttpRequest, queryset: QuerySet[Switch], *, active: bool) -> None:
        """Save them one by one, since each saving updates the cache that all processes read."""
        turned = list(queryset.exclude(active=active))
        for switch in turned:
            switch.active = active
            switch.save()
            self.log_change(request, switch, _("Switched on.") if active else _("Switched off."))
        text = ngettext("%d switch turned.", "%d switches turned.", len(turned)) % len(turned)
        self.message_user(request, text, messages.SUCCESS)
