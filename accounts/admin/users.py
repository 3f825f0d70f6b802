"""Accounts in the admin."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.admin import permissions
from accounts.admin.forms import UserAdminForm
from accounts.admin.saving import SaveOnlyChangedFields
from accounts.models import User
from accounts.signin.addresses import mark_email_verified

FLAGS = ["is_staff", "is_superuser", "groups", "user_permissions"]
"""The fields that make a user more than a customer. Only superusers change them."""


@admin.register(User)
class UserAdmin(SaveOnlyChangedFields, DjangoUserAdmin):  # type: ignore[type-arg]
    """Django's admin of users, with the e-mail address in place of a user name."""

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
                    "An account cannot be deleted here, because the ledger refers to it. Suspend"
                    " it with the action in the list, or let its owner close it on the account"
                    " page."
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
        if obj is not None and not permissions.may_change(request, obj):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # the journal is kept for ever and refers to the account
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = list(super().get_readonly_fields(request, obj))
        if permissions.is_superuser(request):
            return fixed
        is_own = obj is not None and obj.pk == request.user.pk
        return fixed + FLAGS + (["email", "is_active"] if is_own else [])

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Send staff who would change their own password to the page that asks for the old one."""
        if id == str(request.user.pk) and not permissions.is_superuser(request):
            return redirect("account_change_password")
        return super().user_change_password(request, id, form_url)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Save, and mark the address as verified: staff have set it."""
        super().save_model(request, obj, form, change)
        mark_email_verified(cast(User, obj))
