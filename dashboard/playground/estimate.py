"""What a run will cost, before it is begun."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.conf import settings

from audio_api.services.speech.price import longest_speech_ms
from audio_api.services.speech.serializer import MAX_INPUT_CHARACTERS, MAX_SPEED, MIN_SPEED
from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.service import TRANSCRIPTION, TRANSLATION
from audiopod.common.money import cost_micros
from wallet import pricing

# How long a text usually sounds at speed 1, in milliseconds: measured, and for information only.
USUAL_BASE_MS = 350
USUAL_LETTER_MS = 60
USUAL_WORD_MS = 240
"""Of a digit, or of a sign that is a word or a syllable by itself."""
_FIRST_IDEOGRAPH = "\u2e80"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Micro-dollars. price: of a minute; most: what may be held for it, and is never exceeded;
    usual: None where nothing is known of it yet."""

    price: int | None
    most: int | None = None
    usual: int | None = None


def of_speech(text: str, speed: float) -> Estimate:
    """Of a text as it stands in the form. speed: of any size, taken for the nearest that is sold"""
    price = pricing.prices_now().get(SPEECH.offer)
    text = text[:MAX_INPUT_CHARACTERS]
    if price is None or not text.strip():
        return Estimate(price)
    speed = min(max(speed, MIN_SPEED), MAX_SPEED)
    longest_ms = longest_speech_ms(text, speed)
    usual_ms = min(longest_ms, usual_speech_ms(text, speed))
    return Estimate(price, cost_micros(longest_ms, price), cost_micros(usual_ms, price))


def usual_speech_ms(text: str, speed: float) -> int:
    """About how long a text sounds, in milliseconds."""
    long = sum(1 for c in text if c.isdigit() or c >= _FIRST_IDEOGRAPH)
    return round(
        (USUAL_BASE_MS + (len(text) - long) * USUAL_LETTER_MS + long * USUAL_WORD_MS) / speed
    )


def of_recording(seconds: float, *, translate: bool) -> Estimate:
    """Of a recording whose length the browser has told, 0 where it could not."""
    service = TRANSLATION if translate else TRANSCRIPTION
    price = pricing.prices_now().get(service.offer)
    if price is None or not 0 < seconds <= settings.MAX_AUDIO_SECONDS:
        return Estimate(price)
    cost = cost_micros(math.ceil(seconds * 1000), price)
    return Estimate(price, cost, cost)
