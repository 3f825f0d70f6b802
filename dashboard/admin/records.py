"""Each change and each log-in of staff, to be read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from accounts.models import User

if TYPE_CHECKING:
    LogModelAdmin = admin.ModelAdmin[LogEntry]
else:
    LogModelAdmin = admin.ModelAdmin

ACTIONS = {ADDITION: _("added"), CHANGE: _("changed"), DELETION: _("deleted")}
CAME_IN = "Logged in."
SHOWN = ("action_time", "user", "action", "content_type", "what", "message")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, LogModelAdmin):
    list_display = SHOWN
    list_filter = ["action_time", "action_flag", ("content_type", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__email", "object_repr", "object_id", "change_message"]
    search_help_text = _("Who did it, what it was done to, or a word of what was done.")
    date_hierarchy = "action_time"
    fields = SHOWN
    readonly_fields = SHOWN

    @admin.display(description=_("action"), ordering="action_flag")
    def action(self, entry: LogEntry) -> str:
        return str(ACTIONS[entry.action_flag])

    @admin.display(description=_("object"), ordering="object_repr")
    def what(self, entry: LogEntry) -> SafeString | str:
        page = None if entry.is_deletion() else entry.get_admin_url()
        return (
            format_html('<a href="{}">{}</a>', page, entry.object_repr)
            if page
            else entry.object_repr
        )

    @admin.display(description=_("what was done"))
    def message(self, entry: LogEntry) -> str:
        return str(entry.get_change_message())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers alone: the log is about everything."""
        return bool(request.user.is_active and request.user.is_superuser)


@receiver(user_logged_in, dispatch_uid="staff came in")
def note_log_in(sender: Any, user: User, **_signal: Any) -> None:
    """Record that staff have logged in, by whichever page."""
    if user.is_staff:
        LogEntry.objects.log_actions(user.pk, [user], CHANGE, CAME_IN, single_object=True)
