"""Staff: how they log in, and what they may see of others' second factors."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest


def join() -> None:
    """Put the admin's log-in behind everybody's, with its throttle and second factor, and show
    nothing secret of authenticators."""
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
    admin.site.unregister(Authenticator)
    admin.site.register(Authenticator, AuthenticatorAdmin)


class AuthenticatorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A second factor can be removed here for who has lost it, and nothing else."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]
    readonly_fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False
