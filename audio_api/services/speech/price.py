"""What a speech may cost at most: its length, guessed from its text."""

from __future__ import annotations

import re

from audio.engines.speech.text import breaks_ms
from audio_api.jobs import detached
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.services.speech.params import SpeechJobRequest, SpeechRequest
from audio_api.services.speech.service import SPEECH
from wallet import pricing

# An upper bound of how long text may sound at speed 1, in milliseconds: what is held, not what
# is paid. Letters of words are generous against 60 to 90 measured; a digit, a capital, a symbol,
# an ideograph or a letter of a word without vowels may be a word of its own. What exceeds the
# hold all the same is written off, never charged.
BASE_MS = 1_500
LETTER_MS = 120
SPELT_MS = 600
USUAL_SHARE = 0.6
"""Of the upper bound."""
_SPELT_WORD = re.compile(r"\b[b-df-hj-np-tv-xz]+\b")
_SAID_LONG = re.compile("[≤≥≈±\ufdf0-\ufdff]")
"""Signs that are said in several words."""


def longest_speech_ms(text: str, speed: float) -> int:
    """An upper bound of the spoken length of `text`, in milliseconds."""
    said = _SAID_LONG.sub("999", text)
    said = _SPELT_WORD.sub(lambda word: "9" * len(word[0]), said)
    plain = sum(1 for c in said if c.isspace() or (c.islower() and c.isascii()) or c in ".,;:'-")
    spelt = len(said) - plain
    spoken_ms = round((BASE_MS + plain * LETTER_MS + spelt * SPELT_MS) / speed)
    return spoken_ms + breaks_ms(text)


def estimated_seconds(text: str, speed: float) -> float:
    """About how long `text` will sound."""
    pauses_ms = breaks_ms(text)
    return (pauses_ms + (longest_speech_ms(text, speed) - pauses_ms) * USUAL_SHARE) / 1000


def prepare_speech(caller: Caller, request: SpeechRequest) -> Job:
    """A job, not saved yet, that may cost as much as the longest such speech."""
    price = pricing.price_now(SPEECH.offer.service_type)
    longest_ms = longest_speech_ms(request.text, request.speed)
    job = new_job(caller, SPEECH.kind, request, price, longest_ms)
    job.voice_name = request.voice_name
    return job


def prepare_speech_job(caller: Caller, request: SpeechJobRequest) -> Job:
    """The same for a speech that no client waits for."""
    price = pricing.price_now(SPEECH.offer.service_type)
    longest_ms = longest_speech_ms(request.text, request.speed)
    job = detached.prepare(caller, SPEECH.kind, request, price, longest_ms)
    job.voice_name = request.voice_name
    return job
