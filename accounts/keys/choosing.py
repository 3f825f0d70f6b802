"""The choice that a page's filter offers: one of an account's API keys, the playground, or all."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import ApiKey, User
from audiopod.common.fields import FilterField

PLAYGROUND = "playground"
"""Stands in a URL for requests that no key sent."""


class KeyField(FilterField):
    """Cleans to an `ApiKey` of the account, to `PLAYGROUND`, or to "" for all.

    offered: how many keys its list has, the newest; an older one is reached by a link to it.
    """

    def __init__(self, user: User, *, offered: int) -> None:
        newest = ApiKey.objects.for_user(user).order_by("-created_at", "-id")[:offered]
        self._user = user
        self._listed = [(PLAYGROUND, _("Playground")), *map(_option, newest)]
        super().__init__(_("Key"), self._listed)

    def valid_value(self, value: Any) -> bool:
        """The list may leave out the key that is asked for: `clean` judges."""
        return True

    def clean(self, value: Any) -> ApiKey | str:
        asked: str = super().clean(value)
        if asked in {"", PLAYGROUND}:
            return asked
        try:
            key = ApiKey.objects.for_user(self._user).filter(public_id=uuid.UUID(asked)).first()
        except ValueError:
            key = None
        if key is None:
            raise forms.ValidationError(_("This account has no such key. Choose one of the list."))
        if _option(key) not in self._listed:
            self.offer([*self._listed, _option(key)])
        return key


def asking_for(key: ApiKey | None, *, is_playground: bool) -> str:
    """What a URL says to ask for that choice again: "" for all."""
    if is_playground:
        return PLAYGROUND
    return str(key.public_id) if key else ""


def _option(key: ApiKey) -> tuple[str, str]:
    return str(key.public_id), f"{key.name} ({key.masked})"
