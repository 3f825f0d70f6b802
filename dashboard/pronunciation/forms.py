"""The forms of a dictionary: one entry, and a file of many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from voices import dictionary, dictionary_csv
from voices.dictionary import SAID_LENGTH, WORD_LENGTH, Pronunciation

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "dir": "auto"}


class PronunciationForm(forms.Form):
    word = forms.CharField(
        label=_("Word"),
        max_length=WORD_LENGTH,
        help_text=_("as it stands in your texts; a name of several words will do"),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    said = forms.CharField(
        label=_("Said as"),
        max_length=SAID_LENGTH,
        help_text=_("other letters (engine ex), or phonetic ones between slashes (/ˈɛndʒɪn ˈɛks/)"),  # noqa: RUF001
        widget=forms.TextInput(attrs=_PLAIN),
    )
    match_case = forms.BooleanField(
        label=_("Only with these capitals"),
        required=False,
        help_text=_("so that US is not us"),
    )

    def clean_word(self) -> str:
        return dictionary.clean_word(self.cleaned_data["word"])

    def clean_said(self) -> str:
        return dictionary.clean_said(self.cleaned_data["said"])

    def save(self, entry: Pronunciation) -> bool:
        """Store what the form says in `entry`; whether that could be done, else the form has the
        reason."""
        for name, value in self.cleaned_data.items():
            setattr(entry, name, value)
        try:
            dictionary.save(entry)
        except dictionary.WordKnown:
            self.add_error("word", _("This word is in your dictionary already."))
        except dictionary.DictionaryFull:
            self.add_error(None, full())
        return not self.errors


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("columns: word, said as, and “yes” where capitals matter"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_file(self) -> list[Pronunciation]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        return dictionary_csv.read(self.user, file.read(dictionary_csv.MAX_BYTES + 1))

    def save(self) -> int | None:
        """Store the entries; how many, or None where there is no room for them."""
        try:
            return dictionary.save_all(self.user, self.cleaned_data["file"])
        except dictionary.DictionaryFull:
            self.add_error("file", full())
            return None


def full() -> ValidationError:
    return ValidationError(
        _("A dictionary has at most %(most)d entries. Delete some first."),
        params={"most": dictionary.MAX_ENTRIES},
    )
