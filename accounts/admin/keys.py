"""API keys in the admin. A key can be revoked here, never made: its token is shown only once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin.forms import ApiKeyAdminForm
from accounts.admin.saving import SaveOnlyChangedFields
from accounts.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(SaveOnlyChangedFields, admin.ModelAdmin):  # type: ignore[type-arg]
    form = ApiKeyAdminForm
    list_display = ["name", "masked_key", "user", "usable", "created_at", "last_used_at"]
    list_filter = ["revoked_at", "expires_at", "created_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email", "first", "last"]
    date_hierarchy = "created_at"
    fields = [
        "name",
        "masked_key",
        "public_id",
        "user",
        "scopes",
        "created_at",
        "last_used_at",
        "last_used_address",
        "expires_at",
        "revoked_at",
        "requests_per_minute",
        "max_concurrent_jobs",
        "monthly_limit_micros",
        "total_limit_micros",
        "allowed_networks",
        "replaces",
    ]
    readonly_fields = [
        "masked_key",
        "public_id",
        "user",
        "created_at",
        "last_used_at",
        "last_used_address",
        "revoked_at",
        "replaces",
    ]
    actions = ["revoke_keys"]

    @admin.display(description=_("key"), ordering="first")
    def masked_key(self, key: ApiKey) -> str:
        return key.masked

    @admin.display(description=_("usable"), boolean=True)
    def usable(self, key: ApiKey) -> bool:
        return key.is_usable() and key.user.is_active

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,
        obj: Any = None,
    ) -> bool:
        return False

    @admin.action(description=_("Revoke the chosen keys"), permissions=["change"])
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = 0
        for key in queryset.iterator():
            if services.revoke(key):
                self.log_change(request, key, gettext("Revoked."))
                revoked += 1
        text = ngettext("%d key revoked.", "%d keys revoked.", revoked) % revoked
        self.message_user(request, text, messages.SUCCESS)
