"""The forms of accounts and keys: staff enter budgets in dollars and tick scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.utils.translation import gettext_lazy as _

from accounts.keys.forms import NetworksField
from accounts.models import ApiKey, User
from accounts.scopes import Scope, scope_choices
from audiopod.common.fields import UsdField

if TYPE_CHECKING:
    ApiKeyModelForm = forms.ModelForm[ApiKey]
    UserModelForm = UserChangeForm[User]
else:
    ApiKeyModelForm = forms.ModelForm
    UserModelForm = UserChangeForm

NO_LIMIT = _("in USD, such as 25.00; empty: no limit")


def _scopes_with_names() -> list[tuple[str, str]]:
    return [(name, f"{name} ({label})") for name, label in scope_choices()]


class ApiKeyAdminForm(ApiKeyModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=_scopes_with_names,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("what the key may do"),
    )
    monthly_limit_micros = UsdField(label=_("Monthly budget"), required=False, help_text=NO_LIMIT)
    total_limit_micros = UsdField(label=_("Total budget"), required=False, help_text=NO_LIMIT)
    allowed_networks = NetworksField(
        label=_("Allowed networks"), help_text=_("one per line, as CIDR; empty: from anywhere")
    )

    class Meta:
        model = ApiKey
        fields = [
            "name",
            "expires_at",
            "scopes",
            "requests_per_minute",
            "max_concurrent_jobs",
            "monthly_limit_micros",
            "total_limit_micros",
            "allowed_networks",
        ]

    def clean_scopes(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["scopes"]
        # EVERYTHING contains all other scopes
        return [Scope.EVERYTHING.value] if Scope.EVERYTHING in chosen else chosen


class UserAdminForm(UserModelForm):
    daily_limit_micros = UsdField(label=_("Daily budget"), required=False, help_text=NO_LIMIT)
    warn_below_micros = UsdField(
        label=_("Warn below"),
        required=False,
        help_text=_("in USD, by e-mail; empty: the server's LOW_BALANCE_MICROS, 0: never"),
    )
