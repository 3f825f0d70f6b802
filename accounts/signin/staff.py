"""Staff: how they log in, and what they may do to each other's accounts.

Whoever may change the account of somebody with more rights has those rights too. So only
superusers do; others of the staff help customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import User


def join() -> None:
    """Put the admin's log-in behind everybody's, with its throttle and second factor, and what
    opens an account out of reach."""
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
    for model, its_admin in (
        (EmailAddress, EmailAddressAdmin),
        (Authenticator, AuthenticatorAdmin),
        (UserSession, UserSessionAdmin),
        (Group, GroupAdmin),
    ):
        admin.site.unregister(model)
        admin.site.register(model, its_admin)


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def may_change(request: HttpRequest, account: User) -> bool:
    """Superusers everybody; other staff customers, and of their own account what is harmless."""
    if is_superuser(request) or account.pk == request.user.pk:
        return True
    return not (account.is_staff or account.is_superuser)


class LookedAt(admin.ModelAdmin):  # type: ignore[type-arg]
    """By superusers, and changed by nobody: an address, or a session, opens an account."""

    list_select_related = ["user"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EmailAddressAdmin(LookedAt):
    list_display = ["email", "user", "primary", "verified"]
    fields = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    search_fields = ["email", "user__email"]


class AuthenticatorAdmin(LookedAt):
    """A second factor can be removed here for who has lost it, and nothing else. Its secret is
    not shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    search_fields = ["user__email"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


class UserSessionAdmin(LookedAt):
    """The key of a session, with which anybody could go on with it, is not shown."""

    list_display = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    fields = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    search_fields = ["user__email", "ip"]


class GroupAdmin(DjangoGroupAdmin):
    """What a group may, its members may: nobody widens their own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)
