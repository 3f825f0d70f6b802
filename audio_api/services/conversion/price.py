"""What a conversion costs: the length of its recording, of which packets tell a bound and decoding
tells the truth."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from audio_api.jobs import detached
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.native import affording
from audio_api.native.measured import bound
from audio_api.services.conversion.params import ConversionRequest
from audio_api.services.conversion.service import CONVERSION
from audiopod.common.money import billed_ms
from wallet import pricing

_ROUNDING_SECONDS = 0.01
"""The price of each job is rounded up by itself."""


def most_seconds(caller: Caller, told: Sequence[float]) -> list[float]:
    """What recordings may turn out to be paid for, or as much of it as the account can pay for.

    told: the seconds that the packets of each say, 0 where they do not say them, or it is not here
    yet. Raises as `wallet.require_funds` where the account cannot pay for these.
    """
    longest = float(settings.CONVERSION_MAX_SECONDS)
    unknown = min(float(settings.URL_INTAKE_HOLD_SECONDS), longest)
    least = [seconds or affording.MIN_SECONDS for seconds in told]
    wanted = [bound(each, longest=longest) if each else unknown for each in told]
    whole = sum(wanted)
    most = affording.affordable_seconds(caller, CONVERSION.offer, wanted=whole, least=sum(least))
    if most == whole:
        return wanted
    share = (most - sum(least)) / max(whole - sum(least), _ROUNDING_SECONDS)
    return [
        max(low, low + share * (high - low) - _ROUNDING_SECONDS)
        for low, high in zip(least, wanted, strict=True)
    ]


def prepare_conversion(caller: Caller, request: ConversionRequest, *, display_name: str) -> Job:
    """A job, not saved yet; `request.most_seconds` is held for. Add its file when it is started."""
    price = pricing.price_now(CONVERSION.offer.service_type)
    most_ms = billed_ms(request.most_seconds)
    return detached.prepare(
        caller, CONVERSION.kind, request, price, most_ms, display_name=display_name
    )
