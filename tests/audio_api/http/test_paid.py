"""What comes before a paid request's body is looked at: how many its key has made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from django.test import Client
from django.urls import path
from limits import RateLimitItemPerSecond
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import limits
from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.http.paid import PaidView
from audio_api.jobs import admission
from audio_api.models import Job
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.asgi import application
from tests.audiopod.serving import serving
from tests.minutes import begin_well_before_the_next
from wallet.models import Hold

pytestmark = pytest.mark.django_db

WINDOW_SECONDS = 2


class Paid(PaidView):
    """Answers at once: what is before it is looked at here."""

    feature = TRANSCRIPTION.switch
    required_scopes = ()

    def post(self, request: Request) -> Response:
        return Response({"text": "spoken"})


urlpatterns = [path("api/v1/audio/transcriptions", Paid.as_view())]


@pytest.fixture(autouse=True)
def counted_afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(admission, "_queue", admission._Queue())
    limits._limiter.cache_clear()
    begin_well_before_the_next()
    yield
    limits._limiter.cache_clear()


@pytest.fixture
def token() -> str:
    user = User.objects.create_user("ada@example.com")
    return create_api_key(user=user, name="test")[1]


def post(token: str, body: str = "{}") -> Any:
    return Client().post(
        "/api/v1/audio/speech",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_every_answer_says_what_is_left(token: str, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 3
    answers = [post(token) for _ in range(2)]
    assert [a.status_code for a in answers] == [400, 400], "errors say it too"
    assert [a.headers["x-ratelimit-remaining-requests"] for a in answers] == ["2", "1"]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "3"
    assert answers[0].headers["x-ratelimit-reset-requests"].endswith("s")


def test_without_a_limit_nothing_is_said(token: str, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 0
    assert not [name for name in post(token).headers if name.startswith("x-ratelimit")]


def test_one_too_many_is_refused_before_its_body_is_parsed(token: str, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1
    assert post(token).status_code == 400
    answer = post(token, "this is no JSON")
    error = json.loads(answer.content)["error"]
    assert answer.status_code == 429
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert answer.headers["x-request-id"]
    assert (Job.objects.count(), Hold.objects.count()) == (0, 0)


def test_what_is_no_request_for_work_costs_none(token: str, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(3):
        assert Client().get("/api/v1/audio/speech", headers=headers).status_code == 405
        assert Client().get("/api/v1/models", headers=headers).status_code == 200
    assert post(token).status_code == 400


def test_a_key_with_all_its_jobs_open_is_told_before_its_body_is_parsed(token: str) -> None:
    ApiKey.objects.update(max_concurrent_jobs=1)
    key = ApiKey.objects.get()
    Job.objects.create(
        user=key.user,
        api_key=key,
        kind="speech",
        queue_deadline=key.created_at,
        price_micros_per_minute=1,
        held_micros=1,
    )
    answer = post(token, "this is no JSON")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.django_db(transaction=True)
def test_the_official_client_waits_and_succeeds(
    token: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real socket, with minutes of two seconds."""
    settings.ROOT_URLCONF, settings.RATE_LIMIT_PER_MINUTE = __name__, 1
    monkeypatch.setattr(
        limits, "RateLimitItemPerMinute", lambda n: RateLimitItemPerSecond(n, WINDOW_SECONDS)
    )
    statuses: list[int] = []
    http = openai.DefaultHttpxClient(
        event_hooks={"response": [lambda answer: statuses.append(answer.status_code)]}
    )
    with (
        serving(application) as served,
        openai.OpenAI(
            api_key=token, base_url=f"http://127.0.0.1:{served.port}/api/v1", http_client=http
        ) as sdk,
    ):
        texts = [
            sdk.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF")).text
            for _ in range(3)
        ]
    assert texts == ["spoken"] * 3
    # Two may pass at once where one window ends and the next begins; three may not.
    assert statuses.count(429) >= 1
    assert statuses.count(200) == 3
