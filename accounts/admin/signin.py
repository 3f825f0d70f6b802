"""What allauth and Django store about signing in, in the admin: superusers look at it.

Nearly nothing can be changed here: an address, a session or a group opens accounts.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.admin.permissions import is_superuser

# each has an admin of its own app, by which staff could come to more than they may do
for model in (EmailAddress, Authenticator, UserSession, Group):
    admin.site.unregister(model)


class SuperuserReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that superusers may look at and nobody may change."""

    list_select_related = ["user"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EmailAddress)
class EmailAddressAdmin(SuperuserReadOnlyAdmin):
    list_display = ["email", "user", "primary", "verified"]
    fields = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    search_fields = ["email", "user__email"]


@admin.register(Authenticator)
class AuthenticatorAdmin(SuperuserReadOnlyAdmin):
    """A superuser can remove the second factor of a user who has lost it. Its secret is not
    shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    search_fields = ["user__email"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(UserSession)
class UserSessionAdmin(SuperuserReadOnlyAdmin):
    """The key of a session is not shown: whoever has it is logged in."""

    list_display = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    fields = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    search_fields = ["user__email", "ip"]


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Only superusers change groups: other staff could widen a group that they are in."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)
