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

logger = logging.getLogger(__name__)

TOO_MANY_ATTEMPTS = "too_many_attempts"


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


class ApiKeyForm(forms.Form):
    """A name and a lifetime. `form_token` lets a form that is sent twice make one key."""

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
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None
