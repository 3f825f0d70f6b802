"""The forms that make, change and rotate an API key."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import networks
from accounts.models import ApiKey
from accounts.scopes import Scope, scope_choices
from accounts.serializers import (
    MAX_BUDGET_MICROS,
    MAX_NAME_CHARACTERS,
    most_concurrent_jobs,
    most_requests_per_minute,
)
from accounts.services import KeyLimits
from audiopod.common.fields import UsdField

MAX_NETWORKS_CHARACTERS = 2 * networks.MAX_NETWORKS * networks.MAX_CHARACTERS
BETWEEN_NETWORKS = re.compile(r"[\s,;]+")
FORM_FIELDS = frozenset({"name", "expires_in_days"})
"""The fields that a form for a new key shows at once; the others are folded."""
UNLIMITED = {"autocomplete": "off", "placeholder": _("no limit")}


class BudgetField(UsdField):
    """What a key may spend, typed in dollars, in micro-dollars inside. Empty: no limit."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {**UNLIMITED, "inputmode": "decimal"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is not None and value > MAX_BUDGET_MICROS:
            raise forms.ValidationError(_("Use less than a billion dollars."))


class CountField(forms.IntegerField):
    """A limit of the key's own. Empty: the server's limit."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "autocomplete": "off",
            "inputmode": "numeric",
            "placeholder": _("the server's limit"),
        }
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)


class NetworksField(forms.CharField):
    """Networks and addresses, one per line, in CIDR inside. Empty: from anywhere."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "rows": 3,
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": _("anywhere"),
        }
        super().__init__(
            required=False,
            max_length=MAX_NETWORKS_CHARACTERS,
            widget=forms.Textarea(attrs=attrs),
            **kwargs,
        )

    def clean(self, value: Any) -> list[str]:
        words = BETWEEN_NETWORKS.split(super().clean(value).strip())
        try:
            return networks.parse(word for word in words if word)
        except networks.InvalidNetwork as error:
            raise forms.ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the networks differ: another spelling of the same networks is no change."""
        try:
            return list(initial or []) != self.clean(data or "")
        except forms.ValidationError:
            return True

    def prepare_value(self, value: Any) -> Any:
        """Stored networks, one per line; text that was typed stays as it was."""
        return "\n".join(value) if isinstance(value, list) else value


class KeyForm(forms.Form):
    """The name, scopes, limits and networks of a key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("My laptop")}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=scope_choices,
        initial=[Scope.EVERYTHING.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what the key may do.")},
    )
    monthly_limit_micros = BudgetField(label=_("Monthly budget in USD"))
    total_limit_micros = BudgetField(label=_("Total budget in USD"))
    requests_per_minute = CountField(label=_("Requests a minute"))
    max_concurrent_jobs = CountField(label=_("Requests at a time"))
    allowed_networks = NetworksField(
        label=_("Where it may be used from"),
        help_text=_(
            "One address or network per line, such as 203.0.113.7 or 2001:db8::/32."
            " Empty: from anywhere."
        ),
    )

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        if Scope.EVERYTHING in scopes and len(scopes) > 1:
            raise forms.ValidationError(_("Untick “everything” to allow only some of it."))
        return scopes

    def clean_requests_per_minute(self) -> int | None:
        return self._within("requests_per_minute", most_requests_per_minute())

    def clean_max_concurrent_jobs(self) -> int | None:
        return self._within("max_concurrent_jobs", most_concurrent_jobs())

    def _within(self, name: str, largest: int) -> int | None:
        """The number that was typed. Raises ValidationError unless a key may have it.

        A larger number that staff have given this key may stay.
        """
        count: int | None = self.cleaned_data[name]
        if count is None or count == self.initial.get(name) or 1 <= count <= largest:
            return count
        text = _("Use a number from 1 to %(most)s, or leave it empty.")
        raise forms.ValidationError(text % {"most": f"{largest:,}"})

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of `services.create_api_key` and `services.change`. Call after `is_valid`."""
        given = self.cleaned_data
        limits = {name: given[name] for name in KeyLimits.__dataclass_fields__}
        return {
            "name": given["name"],
            "scopes": given["scopes"],
            "limits": KeyLimits(**limits),
            "allowed_networks": given["allowed_networks"],
        }


class ApiKeyForm(KeyForm):
    """A new key. Because of `form_token`, a form that is sent twice makes one key."""

    LIFETIMES = [
        ("", _("Never")),
        ("7", _("In 7 days")),
        ("30", _("In 30 days")),
        ("90", _("In 90 days")),
        ("365", _("In a year")),
    ]

    expires_in_days = forms.ChoiceField(label=_("Expires"), choices=LIFETIMES, required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def shows_all(self) -> bool:
        """Whether the folded part is shown open, because it contains an error."""
        return any(name in self.fields and name not in FORM_FIELDS for name in self.errors)

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class EditKeyForm(KeyForm):
    """Changes to an existing key."""

    def __init__(self, data: QueryDict | None = None, *, key: ApiKey) -> None:
        now = {name: getattr(key, name) for name in KeyForm.base_fields}
        super().__init__(data, initial=now)


class RotateForm(forms.Form):
    """How long the old key goes on working beside the new one."""

    OVERLAPS: list[tuple[str, str | Promise]] = [
        ("0", _("Ends at once")),
        ("1", _("Works for another hour")),
        ("24", _("Works for another day")),
        ("168", _("Works for another 7 days")),
    ]

    overlap_hours = forms.ChoiceField(
        label=_("The old key"), choices=OVERLAPS, initial="24", widget=forms.RadioSelect
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap_hours"]))
