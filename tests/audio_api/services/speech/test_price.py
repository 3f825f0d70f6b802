"""What is held for a speech: what it will cost, and little more."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from audio_api.jobs import start
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.speech.params import SpeechJobRequest, SpeechRequest
from audio_api.services.speech.price import longest_ms, prepare_speech, prepare_speech_job
from audiopod.common.money import cost_micros
from voices.catalogue import catalogue
from wallet import services as wallet

pytestmark = pytest.mark.django_db

PRICE = 40_000
"""Micro-dollars a minute."""
JOE = catalogue().voices["piper", "en_US-joe-medium"]
SENTENCE = "She put the last of the books on the shelf and turned off the long lamp."
SPOKEN_MS = 3_600
"""What Joe takes for these 72 characters."""


def asked(**changes: Any) -> SpeechRequest:
    fields: dict[str, Any] = {
        "model": "tts-1", "text": SENTENCE, "voice_name": "joe", "engine": "piper",
        "engine_voice": JOE.engine_voice, "language": "en-US", "response_format": "mp3",
        "speed": 1.0, "instructions": "", "pace_ms": JOE.pace_ms,
    }  # fmt: skip
    return SpeechRequest(**{**fields, **changes})


def started(user: User, request: SpeechRequest) -> Job:
    return start.start(prepare_speech(Caller(user, None, "req_1"), request))


def test_a_small_balance_pays_for_what_it_can_pay(django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("poor@example.org")
    credit = cost_micros(round(1.3 * SPOKEN_MS), PRICE)
    wallet.grant(
        user=user, amount_micros=credit, reason="Small.", actor="test", idempotency_key="small"
    )

    job = started(user, asked())

    assert cost_micros(SPOKEN_MS, PRICE) < job.held_micros <= credit


def test_a_slow_voice_is_held_for_as_slow() -> None:
    once = longest_ms(asked(pace_ms=60.0))
    assert longest_ms(asked(pace_ms=120.0)) == pytest.approx(2 * once, abs=1)
    assert longest_ms(asked(pace_ms=60.0, speed=0.5)) == pytest.approx(2 * once, abs=1)


def test_a_job_tells_about_how_long_it_will_be(user: User) -> None:
    request = SpeechJobRequest(
        text=SENTENCE, voice_id=1, voice_name="joe", engine="piper",
        engine_voice=JOE.engine_voice, language="en-US", response_format="mp3", speed=1.0,
        pace_ms=JOE.pace_ms or 0.0,
    )  # fmt: skip

    job = prepare_speech_job(Caller(user, None, "req_1"), request)

    assert job.params["usual_ms"] == pytest.approx(SPOKEN_MS, rel=0.15)
    assert job.held_micros == cost_micros(longest_ms(request), PRICE)
