"""What a run will cost, before it is begun."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.conf import settings

from audio.engines.speech.length import USUAL_PACE_MS, length
from audio_api.registry import Service
from audio_api.services.conversion.service import CONVERSION
from audio_api.services.denoise.service import DENOISE
from audio_api.services.speech.serializer import MAX_SPEED, MIN_SPEED
from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION
from audiopod.common.money import cost_micros
from voices.services import VoiceRef
from wallet import pricing

_UNKNOWN_VOICE = "en-US", USUAL_PACE_MS


@dataclass(frozen=True, slots=True)
class Estimate:
    """Micro-dollars. price: of a minute; most: what may be held for it, and is never exceeded;
    usual: None where it is not known yet."""

    price: int | None
    most: int | None = None
    usual: int | None = None


def of_speech(text: str, speed: float, voice: VoiceRef | None) -> Estimate:
    """Of a text as it is to be said, "" where that is not known. speed: of any size, taken for the
    nearest that is sold; voice: None where the form names none that there is."""
    price = pricing.prices_now().get(SPEECH.offer)
    if price is None or not text.strip():
        return Estimate(price)
    speed = min(max(speed, MIN_SPEED), MAX_SPEED)
    language, pace_ms = (voice.language, voice.pace_ms) if voice else _UNKNOWN_VOICE
    said = length(text, language)
    return Estimate(
        price,
        most=cost_micros(said.longest_ms(pace_ms, speed), price),
        usual=cost_micros(said.usual_ms(pace_ms, speed), price),
    )


def of_recording(seconds: float, *, translate: bool) -> Estimate:
    """Of a recording whose length the browser has told, 0 where it could not."""
    service = TRANSLATION if translate else TRANSCRIPTION
    return _of_input(service, seconds, most_seconds=settings.MAX_AUDIO_SECONDS)


def of_conversion(seconds: float) -> Estimate:
    """The same for a recording that is converted."""
    return _of_input(CONVERSION, seconds, most_seconds=settings.CONVERSION_MAX_SECONDS)


def of_denoise(seconds: float, mode: str) -> Estimate:
    """The same for a recording that is rid of its noise. mode: of the offer, or any other text,
    which costs what no mode does."""
    most_seconds = settings.DENOISE_MAX_SECONDS
    return _of_input(DENOISE, seconds, most_seconds=most_seconds, mode=mode)


def _of_input(service: Service, seconds: float, *, most_seconds: int, mode: str = "") -> Estimate:
    try:
        price = pricing.price_now(service.offer.service_type, mode)
    except pricing.NoRate:
        return Estimate(None)
    if not 0 < seconds <= most_seconds:
        return Estimate(price)
    cost = cost_micros(math.ceil(seconds * 1000), price)
    return Estimate(price, cost, cost)
