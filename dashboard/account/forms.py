"""The forms of the pages of an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.serializers import MAX_FULL_NAME_CHARACTERS


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=MAX_FULL_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=settings.LANGUAGES)

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())


class CloseForm(forms.Form):
    """The address of the account, typed once more, so that it is not closed by mistake."""

    email = forms.CharField(
        label=_("Type your e-mail address to confirm"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip().lower()
        if typed != self.user.email:
            raise forms.ValidationError(_("That is not the address of this account."))
        return typed
