"""Limits and allow-list of this installation, by its settings."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audiopod.common.links.allow import AllowList
from audiopod.common.links.verdict import FetchLimits


def fetch_limits() -> FetchLimits:
    """What is too slow for an upload is too slow for a download."""
    return FetchLimits(
        max_bytes=settings.URL_INTAKE_MAX_BYTES,
        total_seconds=settings.URL_INTAKE_SECONDS,
        silence_seconds=settings.SLOW_UPLOAD_SECONDS,
        min_bytes_per_second=settings.MIN_UPLOAD_BYTES_PER_SECOND,
    )


def allow_list(setting: str = "URL_INTAKE_ALLOW") -> AllowList:
    """What a setting lists. Raises ImproperlyConfigured, which names what cannot be understood."""
    try:
        return AllowList.of(getattr(settings, setting))
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting}: {error}") from None
