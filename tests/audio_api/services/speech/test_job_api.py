"""`POST /voice/voices/{ref}/generate`: what makes a job, what it answers, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from audio_api.http import replay
from audio_api.jobs import attempts, detached
from audio_api.models import Job
from audio_api.services.speech.job_object import tts_object
from audiopod.common import features
from tests.audio_api.halves import CREDIT, speaks
from tests.calling import Caller, calling_as, error_of
from voices.models import VoiceProfile
from wallet import services as wallet

pytestmark = pytest.mark.usefixtures("background")
Patch = pytest.MonkeyPatch
TEXT = "Hello [laugh] world."


@pytest.fixture
def voice(db: None) -> VoiceProfile:
    return VoiceProfile.objects.create(
        name="nova", display_name="Nova", engine="double", engine_voice="nova", language="en-US",
        is_installed=True,
    )  # fmt: skip


@pytest.fixture
def caller(user: User, voice: VoiceProfile) -> Caller:
    return calling_as(user)


def made(caller: Caller, body: dict[str, Any] | None = None, ref: object = "nova") -> Job:
    answer = caller.post(f"/voice/voices/{ref}/generate", body or {"input_text": TEXT})
    assert answer.status_code == 200, answer.content
    return Job.objects.get(number=answer.json()["job_id"])


def test_the_answer_has_what_clients_look_for(caller: Caller, voice: VoiceProfile) -> None:
    body = {"input_text": TEXT, "speed": 1.25, "audio_format": "ogg", "language": "de"}
    answer = caller.post("/voice/voices/NOVA/generate", body).json()

    job = Job.objects.get()
    assert answer["id"] == answer["job_id"] == job.number
    assert (answer["status"], answer["job_type"], answer["voice_id"]) == (
        "pending", "single", voice.pk
    )  # fmt: skip
    assert answer["voice_info"] == {"id": voice.pk, "name": "nova", "display_name": "Nova"}
    assert (answer["input_text"], answer["target_language"]) == (TEXT, "de")
    assert 0.5 < answer["estimated_duration"] < 5
    assert answer["credits_reserved"] > 0
    assert (job.params["response_format"], job.params["speed"]) == ("ogg", 1.25)
    detached.cancel(job)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart"])
def test_a_form_asks_as_audiopods_client_does(
    caller: Caller, voice: VoiceProfile, content_type: str
) -> None:
    params = {"delivery_mode": "stable", "timestamp_type": "character", "text_normalization": True}
    form = {
        "input_text": TEXT, "speed": "1.0", "audio_format": "wav", "language": "en",
        "generation_params": json.dumps(params),
    }  # fmt: skip
    url = f"/api/v1/voice/voices/{voice.pk}/generate"
    headers = {"X-API-Key": caller.token}
    if content_type == "multipart":
        answer = Client().post(url, form, headers=headers)
    else:
        encoded = "&".join(f"{name}={value}" for name, value in form.items())
        answer = Client().post(url, encoded, content_type, headers=headers)

    assert answer.status_code == 200, answer.content
    asked = Job.objects.get(number=answer.json()["id"]).params
    assert (asked["speed"], asked["delivery_mode"], asked["timestamp_type"]) == (
        1.0, "stable", "character"
    )  # fmt: skip
    assert asked["text_normalization"] is True


def test_others_call_the_text_otherwise(caller: Caller) -> None:
    job = made(caller, {"text": "Hi there.", "generation_params": None})
    assert job.params["text"] == "Hi there."
    assert job.params["timestamp_type"] == "word"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input_text"),
        ({"input_text": ""}, "input_text"),
        ({"input_text": "x" * 20_001}, "input_text"),
        ({"input_text": "[laugh] ..."}, "input_text"),
        ({"input_text": "Hi", "speed": 0.2}, "speed"),
        ({"input_text": "Hi", "speed": "nan"}, "speed"),
        ({"input_text": "Hi", "audio_format": "aac"}, "audio_format"),
        ({"input_text": "Hi", "generation_params": "{not json"}, "generation_params"),
        ({"input_text": "Hi", "generation_params": [1]}, "generation_params"),
        ({"input_text": "Hi", "generation_params": {"delivery_mode": "wild"}}, "generation_params"),
    ],
)
def test_what_cannot_be_spoken_so_is_refused(
    caller: Caller, user: User, body: dict[str, Any], param: str
) -> None:
    error = error_of(caller.post("/voice/voices/nova/generate", body), 400)
    assert error["param"].partition("[")[0] == param
    assert wallet.balance(user).available_micros == CREDIT
    assert not Job.objects.exists()


def test_a_voice_that_there_is_not_is_404(caller: Caller) -> None:
    answer = caller.post("/voice/voices/nobody/generate", {"input_text": TEXT})
    assert error_of(answer, 404)["code"] == "voice_not_found"
    assert answer.json()["error_code"] == "VOICE_NOT_FOUND"


def test_twenty_thousand_characters_are_taken(caller: Caller, user: User) -> None:
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="more", actor="test", idempotency_key="more"
    )
    job = made(caller, {"input_text": "word " * 4000})
    assert len(job.params["text"]) == 20_000
    detached.cancel(job)


def test_the_same_key_finds_the_same_job(caller: Caller, user: User) -> None:
    first, again = (
        caller.post("/voice/voices/nova/generate", {"input_text": TEXT}, once="k-1").json()
        for _ in range(2)
    )
    assert first["job_id"] == again["job_id"]
    assert Job.objects.count() == 1
    error_of(caller.post("/voice/voices/nova/generate", {"input_text": "x"}, once="k-1"), 422)


def test_an_account_without_money_is_told_so(user: User, voice: VoiceProfile) -> None:
    poor = User.objects.create_user("poor@example.com")
    answer = calling_as(poor).post("/voice/voices/nova/generate", {"input_text": TEXT})
    assert answer.status_code == 402
    assert answer.json()["required_cents"] >= 0


def test_it_can_be_switched_off(caller: Caller, monkeypatch: Patch) -> None:
    monkeypatch.setattr(features, "is_on", lambda feature: False)
    answer = caller.post("/voice/voices/nova/generate", {"input_text": TEXT})
    assert answer.status_code == 503


def test_the_status_of_a_finished_job(caller: Caller, monkeypatch: Patch) -> None:
    speaks(monkeypatch, 1.5)
    job = made(caller)
    attempts.run(job.id)
    job = Job.objects.get(pk=job.pk)

    told = caller.get(f"/voice/tts-jobs/{job.number}/status").json()

    assert (told["status"], told["progress"], told["total_duration"]) == ("completed", 100, 1.5)
    assert told["output_url"].endswith(f"/speech-{job.number}.mp3")
    assert told["timestamps_url"].endswith(f"/speech-{job.number}.json")
    assert told["output_path"] == f"speech-{job.number}.mp3"
    assert told["credits_reserved"] == 0


def test_a_cancelled_job_reads_failed_for_clients_that_would_wait_on(caller: Caller) -> None:
    job = made(caller)
    detached.cancel(job)
    told = tts_object(Job.objects.get(pk=job.pk))
    assert (told["status"], told["error_message"]) == ("failed", "Cancelled.")


def test_an_erased_text_is_null(caller: Caller) -> None:
    job = made(caller)
    detached.delete(job)
    told = tts_object(Job.objects.get(pk=job.pk))
    assert (told["input_text"], told["estimated_duration"], told["output_url"]) == (None,) * 3


@pytest.fixture
def kokoro_voices(db: None) -> None:
    for name in ("af_bella", "af_sky"):
        VoiceProfile.objects.create(
            name=name, display_name=name, engine="kokoro", engine_voice=name, language="en-US",
            is_installed=True,
        )  # fmt: skip


@pytest.mark.usefixtures("kokoro_voices")
def test_a_mix_of_voices_speaks(caller: Caller) -> None:
    body = {"input_text": TEXT}
    answer = caller.post("/voice/voices/af_bella(2)+AF_Sky/generate", body).json()

    job = Job.objects.get()
    mix = "af_bella(2)+af_sky(1)"
    assert answer["voice_id"] is None
    assert answer["voice_info"] == {"id": None, "name": mix, "display_name": mix}
    assert (job.voice_name, job.params["engine_voice"]) == (mix, mix)
    detached.cancel(job)


@pytest.mark.usefixtures("kokoro_voices")
@pytest.mark.parametrize("ref", ["af_bella+nova", "af_bella+nobody", "af_bella+", "af_bella(0)"])
def test_a_mix_that_cannot_be_is_refused(caller: Caller, ref: str) -> None:
    answer = caller.post(f"/voice/voices/{ref}/generate", {"input_text": TEXT})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("voice", "invalid_value")
    assert not Job.objects.exists()


def test_a_request_that_was_sent_before_is_not_judged_anew(
    caller: Caller, voice: VoiceProfile, user: User, monkeypatch: Patch
) -> None:
    body = {"input_text": TEXT}
    first = caller.post("/voice/voices/nova/generate", body, once="a").json()
    assert first["job_id"]
    kept = Job(kind="speech", audio_ms=500, result=default_storage.save("a", ContentFile(b"sound")))
    monkeypatch.setattr(replay, "earlier", lambda caller: kept)
    VoiceProfile.objects.all().delete()

    again = caller.post("/voice/voices/nova/generate", body, once="a")
    assert (again.status_code, again.json()["job_id"]) == (200, first["job_id"])
    said = {"model": "tts-1", "voice": "nova", "input": TEXT}
    for asked in (said, said | {"stream_format": "sse"}):
        answer = caller.post("/audio/speech", asked, once="b")
        assert (answer.status_code, answer["Idempotent-Replayed"]) == (200, "true")
    detached.cancel(Job.objects.get())
