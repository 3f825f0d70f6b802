"""Logging in, and asking for an API key."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.scopes import Scope
from accounts.serializers import MAX_BUDGET_MICROS
from accounts.services import KeyLimits
from audiopod.common.fields import UsdField

logger = logging.getLogger(__name__)

TOO_MANY_ATTEMPTS = "too_many_attempts"
FOLDED = ("scopes", "monthly_limit_micros", "total_limit_micros")
"""Fields of the key's form that most keys leave as they are."""


class LoginForm(AuthenticationForm):
    """An e-mail address and a password; after five wrong ones, a quarter of an hour of rest."""

    error_messages = {
        "invalid_login": _("That e-mail address and password do not match an account."),
        "inactive": _("That e-mail address and password do not match an account."),
        TOO_MANY_ATTEMPTS: _("Too many attempts. Try again in fifteen minutes."),
    }

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username") or ""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if not throttle.take_attempt(email, address):
            logger.warning("Log-in refused: too many attempts from %s.", address)
            raise forms.ValidationError(
                self.error_messages[TOO_MANY_ATTEMPTS], code=TOO_MANY_ATTEMPTS
            )
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            logger.warning("Log-in failed from %s.", address)
            raise
        throttle.forget(email, address)
        return cleaned


class StaffLoginForm(LoginForm, AdminAuthenticationForm):
    """The admin's log-in, behind the same throttle."""

    error_messages = AdminAuthenticationForm.error_messages | LoginForm.error_messages


class BudgetField(UsdField):
    """Dollars that a key may spend, in micro-dollars; empty for as much as the account has."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": _("no limit")}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is not None and value > MAX_BUDGET_MICROS:
            raise forms.ValidationError(_("Use less than a billion dollars."))


class ApiKeyForm(forms.Form):
    """A name, a lifetime, and what the key may do and spend.

    `form_token` lets a form that is sent twice make one key.
    """

    LIFETIMES = [
        ("", _("Never")),
        ("7", _("In 7 days")),
        ("30", _("In 30 days")),
        ("90", _("In 90 days")),
        ("365", _("In a year")),
    ]

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("My laptop")}),
    )
    expires_in_days = forms.ChoiceField(label=_("Expires"), choices=LIFETIMES, required=False)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        initial=[Scope.EVERYTHING.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what the key may do.")},
    )
    monthly_limit_micros = BudgetField(label=_("Monthly budget in USD"))
    total_limit_micros = BudgetField(label=_("Total budget in USD"))
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        if Scope.EVERYTHING in scopes and len(scopes) > 1:
            raise forms.ValidationError(_("Untick “everything” to allow only some of it."))
        return scopes

    @property
    def limits(self) -> KeyLimits:
        return KeyLimits(
            monthly_limit_micros=self.cleaned_data["monthly_limit_micros"],
            total_limit_micros=self.cleaned_data["total_limit_micros"],
        )

    @property
    def shows_all(self) -> bool:
        """Whether the folded part is open: something in it is wrong."""
        return any(name in self.errors for name in FOLDED)

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None
