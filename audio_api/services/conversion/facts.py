"""What the documentation says of conversions, read from what makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audio.codecs.targets import CoverPlace, Recipe, Target
from audio_api.http.limits import Limit
from audio_api.services.conversion.serializer import MAX_RECORDINGS

_GIB = 1024**3


def facts() -> dict[str, Any]:
    return {
        "conversion_targets": [_Row.of(target) for target in Target],
        "conversion_recordings": MAX_RECORDINGS,
        "conversion_size": _size(),
        "conversion_length": _length(),
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """A format in a table. kilobits: of stereo by quality, "" where nothing is lost; highest: the
    rate, "" for any."""

    target: Target
    recipe: Recipe
    kilobits: str
    highest: str

    @classmethod
    def of(cls, target: Target) -> _Row:
        recipe = target.recipe
        kilobits = ", ".join(str(stereo) for _mono, stereo in recipe.kilobits.values())
        highest = f"{recipe.rates[-1] / 1000:g} kHz" if recipe.rates else ""
        return cls(target, recipe, kilobits, highest)

    @property
    def has_cover(self) -> bool:
        return self.recipe.cover is not CoverPlace.NOWHERE


def limits() -> list[Limit]:
    return [
        Limit(_("Recordings of one request for conversions"), str(MAX_RECORDINGS)),
        Limit(_("Recording to be converted"), _size(), "CONVERSION_MAX_BYTES"),
        Limit(_("Longest recording to be converted"), _length(), "CONVERSION_MAX_SECONDS"),
    ]


def _size() -> str:
    return gettext("%(amount)g GiB") % {"amount": round(settings.CONVERSION_MAX_BYTES / _GIB, 2)}


def _length() -> str:
    hours = settings.CONVERSION_MAX_SECONDS / 3600
    return ngettext("%(n)g hour", "%(n)g hours", 1 if hours == 1 else 2) % {"n": round(hours, 2)}
