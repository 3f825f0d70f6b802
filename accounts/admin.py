"""Users and API keys in the admin. A key can be revoked here, never made: it is shown once."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin_forms import ApiKeyAdminForm, UserAdminForm
from accounts.models import ApiKey, User
from accounts.signin import staff
from accounts.signin.addresses import vouch_for

staff.join()
admin.site.site_header = admin.site.site_title = "AudioPod"

FLAGS = ["is_staff", "is_superuser", "groups", "user_permissions"]
"""What makes somebody more than a customer: set by superusers."""


class SavesWhatChanged:
    """Mixed into an admin: what the form did not change stays as others have written it meanwhile,
    such as the end of a key that was revoked."""

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm[Any], change: bool
    ) -> None:
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=columns & set(form.changed_data) if change else None)


@admin.register(User)
class UserAdmin(SavesWhatChanged, DjangoUserAdmin):  # type: ignore[type-arg]
    """Django's, with the e-mail address where it expects a user name."""

    form = UserAdminForm

    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "date_joined"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Personal"), {"fields": ["first_name", "last_name"]}),
        (_("Money"), {"fields": ["daily_limit_micros", "warn_below_micros"]}),
        (
            _("Permissions"),
            {
                "fields": ["is_active", *FLAGS],
                "description": _(
                    "An account can't be deleted here, for the ledger goes on to name it. Suspend"
                    " it, by its action in the list, or let its owner close it on the account page."
                ),
            },
        ),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and not staff.may_change(request, obj):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: the journal, which is for ever, names the account."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = list(super().get_readonly_fields(request, obj))
        if staff.is_superuser(request):
            return fixed
        is_own = obj is not None and obj.pk == request.user.pk
        return fixed + FLAGS + (["email", "is_active"] if is_own else [])

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Staff change their own where everybody does: there the old one is asked for."""
        if id == str(request.user.pk) and not staff.is_superuser(request):
            return redirect("account_change_password")
        return super().user_change_password(request, id, form_url)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Who sets an address here answers for it."""
        super().save_model(request, obj, form, change)
        vouch_for(cast(User, obj))


@admin.register(ApiKey)
class ApiKeyAdmin(SavesWhatChanged, admin.ModelAdmin):  # type: ignore[type-arg]
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
