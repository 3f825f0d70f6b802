"""What the documentation says of noise reduction, read from what makes it so."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audio_api.http.limits import Limit

_GIB = 1024**3


def facts() -> dict[str, Any]:
    return {"denoise_size": _size(), "denoise_length": _length()}


def limits() -> list[Limit]:
    return [
        Limit(_("Recording to be rid of its noise"), _size(), "DENOISE_MAX_BYTES"),
        Limit(_("Longest recording to be rid of its noise"), _length(), "DENOISE_MAX_SECONDS"),
    ]


def _size() -> str:
    return gettext("%(amount)g GiB") % {"amount": round(settings.DENOISE_MAX_BYTES / _GIB, 2)}


def _length() -> str:
    hours = settings.DENOISE_MAX_SECONDS / 3600
    return ngettext("%(n)g hour", "%(n)g hours", 1 if hours == 1 else 2) % {"n": round(hours, 2)}
