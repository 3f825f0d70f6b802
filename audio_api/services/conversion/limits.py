"""How much of a recording is converted, and what that may cost the machine."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from audio.codecs.verdict import DecodeLimits
from audiopod.common.links.configured import fetch_limits
from audiopod.common.links.verdict import FetchLimits

_LEAST_SECONDS = 300
"""What any conversion may take."""
_CPU_SHARE = 0.5
"""Of the recording's length: LAME on half of a slow core takes a third of it."""


def reading() -> DecodeLimits:
    """Of a recording that is measured: it is read from end to end."""
    return DecodeLimits(max_seconds=settings.CONVERSION_MAX_SECONDS)


def converting(most_seconds: float) -> DecodeLimits:
    """Of one that may have to be paid for up to there."""
    return DecodeLimits(
        max_seconds=most_seconds,
        cpu_seconds=round(_LEAST_SECONDS + _CPU_SHARE * most_seconds),
        wall_seconds=min(_LEAST_SECONDS + most_seconds, settings.JOB_TIME_LIMIT_SECONDS),
        output_bytes=settings.CONVERSION_MAX_OUTPUT_BYTES,
    )


def fetching() -> FetchLimits:
    """Of a link: as much as may be uploaded."""
    return replace(fetch_limits(), max_bytes=settings.CONVERSION_MAX_BYTES)
