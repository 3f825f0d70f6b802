"""Headers that the answer to a request shall carry, whoever makes that answer in the end."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

_ATTRIBUTE = "promised_headers"


def promise_headers(request: HttpRequest, headers: Mapping[str, str]) -> None:
    """Add to what `audiopod.middleware` puts on the answer, be it a success or an error."""
    setattr(request, _ATTRIBUTE, {**promised_headers(request), **headers})


def promised_headers(request: HttpRequest) -> Mapping[str, str]:
    headers: Mapping[str, str] = getattr(request, _ATTRIBUTE, {})
    return headers
