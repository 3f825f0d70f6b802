"""What the page of voices can be asked for. All of it stands in the address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from voices import languages
from voices.models import TAG_LENGTH, Aliases, Reader, VoiceProfile, VoiceProfileQuerySet

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
    """Filters of the list of voices. One that makes no sense is left out, the others count."""

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
