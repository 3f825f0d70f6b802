"""How much of a recording is rid of its noise, and what that may cost the machine."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from audio.codecs.verdict import DecodeLimits
from audiopod.common.links.configured import fetch_limits
from audiopod.common.links.verdict import FetchLimits

_LEAST_SECONDS = 300
"""What decoding and encoding may each take."""
_CPU_SHARE = 0.5
"""Of the recording's length: LAME on half of a slow core takes a third of it."""
_MOST_BYTES = 4 * 10**9
"""Of a result: as many as a plain wav file can say that it has."""
_BYTES_PER_SECOND = 48_000 * 4 * 2
"""Of samples of two channels that are worked on."""


def reading() -> DecodeLimits:
    """Of a recording that is measured: it is read from end to end."""
    return DecodeLimits(max_seconds=settings.DENOISE_MAX_SECONDS)


def sampling(most_seconds: float) -> DecodeLimits:
    """Of one that may have to be paid for up to there."""
    # the gaps of its clock are not paid for, and are silence all the same
    written = int(settings.DENOISE_MAX_SECONDS + _LEAST_SECONDS) * _BYTES_PER_SECOND
    return replace(dubbing(most_seconds), output_bytes=written)


def dubbing(most_seconds: float) -> DecodeLimits:
    """Of what is made of it."""
    return DecodeLimits(
        max_seconds=most_seconds,
        cpu_seconds=round(_LEAST_SECONDS + _CPU_SHARE * most_seconds),
        wall_seconds=min(_LEAST_SECONDS + most_seconds, settings.JOB_TIME_LIMIT_SECONDS),
        output_bytes=_MOST_BYTES,
    )


def fetching() -> FetchLimits:
    """Of a link: as much as may be uploaded."""
    return replace(fetch_limits(), max_bytes=settings.DENOISE_MAX_BYTES)
