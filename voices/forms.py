"""The filters of the page of voices, and the form of the admin for a Piper voice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.translation import gettext_lazy as _

from audio.engines.speech.piper_config import CONFIG_BYTES, LARGEST_MODEL_BYTES
from voices import adding, languages
from voices.adding import NewVoice
from voices.models import TAG_LENGTH, Aliases, Reader, VoiceProfile, VoiceProfileQuerySet

if TYPE_CHECKING:
    VoiceModelForm = forms.ModelForm[VoiceProfile]
else:
    VoiceModelForm = forms.ModelForm

SEARCH_LENGTH = 100
"""characters"""


@dataclass(frozen=True, slots=True)
class Facets:
    """What there is to choose from, of the voices that the reader sees."""

    total: int
    languages: Sequence[str]
    engines: Sequence[str]
    tags: Sequence[str]

    @classmethod
    def of(cls, voices: VoiceProfileQuerySet) -> Facets:
        """One query, of three short columns."""
        rows = list(voices.values_list("language", "engine", "tags"))
        tags = (tag for _language, _engine, some in rows for tag in some)
        return cls(
            total=len(rows),
            languages=_once(language for language, _engine, _tags in rows),
            engines=_once(engine for _language, engine, _tags in rows),
            tags=_once(tags),
        )


def _once(values: Iterable[str]) -> list[str]:
    return sorted(set(values), key=str.casefold)


class VoiceFilterForm(forms.Form):
    """Filters of the list of voices, which stand in its address.

    An invalid one is left out, the others count.
    """

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=SEARCH_LENGTH,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("name, alias, tag or description")}
        ),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    gender = forms.ChoiceField(label=_("Gender"), required=False)
    engine = forms.ChoiceField(label=_("Engine"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    favourites = forms.BooleanField(label=_("My favourites only"), required=False)

    def __init__(self, *args: Any, facets: Facets, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        if reader is None or not reader.is_authenticated:
            del self.fields["favourites"]
        self._offer("language", _("every language"), languages.choices(facets.languages))
        self._offer("gender", _("any"), VoiceProfile.Gender.choices)
        self._offer("engine", _("any"), [(name, name) for name in facets.engines])
        tags = (tag for tag in facets.tags if len(tag) <= TAG_LENGTH)
        self._offer("tag", _("any"), [(tag, tag) for tag in tags])

    def _offer(self, name: str, everything: Any, choices: Iterable[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", everything), *choices]

    def chosen(self) -> dict[str, str]:
        """The filters that are set and make sense, as they stand in an address."""
        self.is_valid()
        return {
            name: "on" if value is True else value
            for name, value in self.cleaned_data.items()
            if value
        }

    def select(self, voices: VoiceProfileQuerySet, aliases: Aliases) -> VoiceProfileQuerySet:
        """Those of `voices` that are asked for."""
        asked = self.chosen()
        voices = voices.filter(**{key: asked[key] for key in ("gender", "engine") if key in asked})
        if "language" in asked:
            voices = voices.speaking(asked["language"])
        if "tag" in asked:
            voices = voices.tagged(asked["tag"])
        if "q" in asked:
            voices = voices.mentioning(asked["q"], aliases)
        if "favourites" in asked and self.reader:
            voices = voices.filter(favourites__user=self.reader.pk)
        return voices


class PiperVoiceForm(VoiceModelForm):
    """A voice and its two files, as Piper's training or its library of voices has them."""

    model = forms.FileField(
        label=_("Model"),
        help_text=_("the .onnx, at most %(size)d MB") % {"size": LARGEST_MODEL_BYTES // 10**6},
        widget=forms.FileInput(attrs={"accept": ".onnx"}),
    )
    config = forms.FileField(
        label=_("Configuration"),
        help_text=_("the .onnx.json that belongs to it"),
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )

    class Meta:
        model = VoiceProfile
        fields = ("name", "display_name", "language", "gender", "accent", "description", "tags")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "tags": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["language"].required = False
        self.fields["language"].help_text = _("BCP 47: en-GB. Nothing: what its file says.")

    def clean_model(self) -> TemporaryUploadedFile:
        model = self.cleaned_data["model"]
        if not isinstance(model, TemporaryUploadedFile):  # it fits into memory
            raise ValidationError(_("This file is too small to be a voice."))
        return model

    def clean_config(self) -> bytes:
        config = self.cleaned_data["config"]
        if config.size > CONFIG_BYTES:
            raise ValidationError(_("This file is too large to be a configuration."))
        return bytes(config.read())

    def add(self) -> VoiceProfile:
        """The voice. Raises as `adding.add`."""
        given = self.cleaned_data
        words = {name: given[name] for name in self.Meta.fields}
        new = NewVoice(**words | {"tags": given["tags"] or []})
        model = Path(given["model"].temporary_file_path())
        return adding.add(new, model=model, config=given["config"])
