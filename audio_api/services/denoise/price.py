"""What a noise reduction costs: the length of its recording, of which packets tell a bound and
decoding tells the truth, at the price of its mode."""

from __future__ import annotations

from django.conf import settings

from audio.engines.base import Cleaning
from audio_api.jobs import detached
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.native import affording
from audio_api.native.measured import bound
from audio_api.services.denoise.params import DenoiseRequest
from audio_api.services.denoise.service import DENOISE
from audiopod.common.money import billed_ms
from wallet import pricing


def most_seconds(caller: Caller, mode: Cleaning, told: float) -> float:
    """What a recording may turn out to be paid for, or as much of it as the account can pay for.

    told: the seconds that its packets say, 0 where they do not say them, or it is not here yet.
    Raises as `wallet.require_funds` where the account cannot pay for these.
    """
    longest = float(settings.DENOISE_MAX_SECONDS)
    unknown = min(float(settings.URL_INTAKE_HOLD_SECONDS), longest)
    return affording.affordable_seconds(
        caller,
        DENOISE.offer,
        wanted=bound(told, longest=longest) if told else unknown,
        least=told or affording.MIN_SECONDS,
        mode=mode,
    )


def prepare_denoise(caller: Caller, request: DenoiseRequest, *, display_name: str) -> Job:
    """A job, not saved yet; `request.most_seconds` is held for. Add its file when it is started."""
    price = pricing.price_now(DENOISE.offer.service_type, request.quality_mode)
    most_ms = billed_ms(request.most_seconds)
    return detached.prepare(
        caller, DENOISE.kind, request, price, most_ms, display_name=display_name
    )
