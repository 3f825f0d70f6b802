"""The admin site: its name, its log-in and the list of what it shows."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

HOME = "accounts"
ELSEWHERE = frozenset({"account", "mfa", "usersessions", "auth"})
"""Apps whose rows are about accounts: allauth's, and Django's with its groups."""


class AdminConfig(DjangoAdminConfig):
    default_site = "accounts.admin_site.AdminSite"

    def ready(self) -> None:
        # the admin writes the name of an app above each of its pages
        for label in ELSEWHERE:
            apps.get_app_config(label).verbose_name = apps.get_app_config(HOME).verbose_name
        super().ready()


class AdminSite(admin.AdminSite):
    """Django's admin, with one section "Accounts" and the log-in page of the site."""

    site_header = site_title = "AudioPod"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send staff to the log-in page of the site, with its throttle and second factor."""
        # allauth has models, which cannot be imported before the apps are ready
        from allauth.account.decorators import secure_admin_login

        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The sections of the apps, with those of ELSEWHERE inside the one of accounts."""
        sections = super().get_app_list(request)
        of_accounts = [s for s in sections if s["app_label"] in ELSEWHERE | {HOME}]
        listed = [s for s in sections if s not in of_accounts]
        if of_accounts:
            listed.append(self._merged(of_accounts))
        if app_label:
            wanted = HOME if app_label in ELSEWHERE else app_label
            return [section for section in listed if section["app_label"] == wanted]
        return sorted(listed, key=lambda section: str(section["name"]).lower())

    def _merged(self, sections: list[Any]) -> dict[str, Any]:
        """The sections as one, with the rows of this app on top."""
        sections = sorted(sections, key=lambda section: section["app_label"] != HOME)
        merged: dict[str, Any] = sections[0] | {
            "app_label": HOME,
            "app_url": reverse("admin:app_list", args=[HOME], current_app=self.name),
            "models": [model for section in sections for model in section["models"]],
        }
        return merged
