"""What a speech may cost at most: its length, told from its text and the pace of its voice."""

from __future__ import annotations

from dataclasses import replace

from audio.engines.speech.length import length
from audio_api.jobs import detached
from audio_api.jobs.start import Caller, new_job
from audio_api.models import Job
from audio_api.services.speech.params import SpeechJobRequest, SpeechRequest
from audio_api.services.speech.service import SPEECH
from wallet import pricing


def longest_ms(request: SpeechRequest | SpeechJobRequest) -> int:
    """What is held for, in milliseconds. What exceeds it all the same is written off."""
    return length(request.to_say, request.language).longest_ms(request.pace_ms, request.speed)


def prepare_speech(caller: Caller, request: SpeechRequest) -> Job:
    """A job, not saved yet, that may cost as much as the longest such speech."""
    price = pricing.price_now(SPEECH.offer.service_type)
    job = new_job(caller, SPEECH.kind, request, price, longest_ms(request))
    job.voice_name = request.voice_name
    return job


def prepare_speech_job(caller: Caller, request: SpeechJobRequest) -> Job:
    """The same for a speech that no client waits for."""
    price = pricing.price_now(SPEECH.offer.service_type)
    said = length(request.to_say, request.language)
    asked = replace(request, usual_ms=said.usual_ms(request.pace_ms, request.speed))
    job = detached.prepare(
        caller, SPEECH.kind, asked, price, said.longest_ms(request.pace_ms, request.speed)
    )
    job.voice_name = request.voice_name
    return job
