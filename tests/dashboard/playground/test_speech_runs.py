"""A speech of the playground: the API's, asked for by a session, and charged as the API's is."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from waffle.testutils import override_switch

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.models import Job
from tests.audio_api.halves import speaks
from tests.dashboard.playground.conftest import CREDIT_MICROS, logged_in
from tests.minutes import begin_well_before_the_next
from voices.models import VoiceProfile
from wallet import services as wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("voice")]

RUN = "/playground/speech/run"
HELLO = {"input": "Hello there.", "voice": "nova", "speed": "1", "response_format": "pcm"}
AS_FORM = {"Accept": "text/html,application/xhtml+xml"}
MS = 1_500


def spent(user: User) -> int:
    """Micro-dollars, once nothing is held any more."""
    for _ in range(100):
        balance = wallet.balance(user)
        if not balance.held_micros:
            return CREDIT_MICROS - balance.posted_micros
        time.sleep(0.05)
    raise AssertionError("a hold stays open")


@pytest.fixture
def nothing_is_paid(ada: User) -> Any:
    yield
    assert spent(ada) == 0
    assert not Job.objects.filter(cost_micros__gt=0).exists()


def told(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error object of a refusal to a script."""
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


# --- what it costs ------------------------------------------------------------------------------
def test_it_is_the_speech_of_the_api_at_the_price_of_the_api(
    browser: httpx.Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, MS / 1000)
    _, token = create_api_key(user=ada, name="test")
    body = {**HELLO, "model": "tts-1", "speed": 1.0}
    headers = {"Authorization": f"Bearer {token}"}

    of_page = browser.post(RUN, data=HELLO)
    of_api = browser.post("/api/v1/audio/speech", json=body, headers=headers)

    assert of_page.content == of_api.content
    assert len(of_page.content) == MS * 48
    assert of_page.headers["content-type"] == of_api.headers["content-type"] == "audio/pcm"
    spent(ada)
    page, api = Job.objects.order_by("created_at")
    assert (page.api_key, api.api_key) == (None, ApiKey.objects.get())
    for name in ("user", "kind", "status", "model", "voice_name", "audio_ms", "cost_micros"):
        assert getattr(page, name) == getattr(api, name), name
    assert page.held_micros == api.held_micros
    assert page.params == api.params
    assert (page.status, page.audio_ms) == ("succeeded", MS)
    assert spent(ada) == 2 * page.cost_micros > 0


def test_afterwards_the_page_is_told_what_it_paid(
    browser: httpx.Client, site: str, eve: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, MS / 1000)
    request_id = browser.post(RUN, data=HELLO).headers["x-request-id"]
    job = Job.objects.get(request_id=request_id)
    url = reverse("playground-outcome", args=[request_id])

    told = browser.get(url)

    assert told.json()["is_over"] is True
    assert told.json()["cost_micros"] == job.cost_micros
    assert told.json()["sentence"] == "$0.001 for 1.5 seconds of audio. You have $0.99 left."
    assert str(job.pk) in told.json()["url"]
    assert "no-store" in told.headers["cache-control"]
    with logged_in(site, eve) as other:
        assert other.get(url).status_code == 404
    assert httpx.get(site + url).status_code == 302


def test_who_leaves_pays_for_no_more_than_was_sent(
    browser: httpx.Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.5, lambda: time.sleep(1.5), 5.0, lambda: time.sleep(0.5), 5.0)
    with browser.stream("POST", RUN, data=HELLO) as answer:
        next(answer.iter_raw())
        request_id = answer.headers["x-request-id"]
    paid = spent(ada)
    job = Job.objects.get()
    assert (job.status, job.cost_micros) == ("cancelled", paid)
    assert 0 < job.audio_ms <= 500, "of the ten seconds that were to come"
    told = browser.get(reverse("playground-outcome", args=[request_id])).json()
    assert told["sentence"].startswith("Stopped: $0.000")


# --- refusals -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "param", "words"),
    [
        ({"input": ""}, "input", "The text is empty. Write what you want to hear."),
        ({"input": "…"}, "input", "There is nothing to speak"),
        ({"input": "x" * 4097}, "input", "At most 4,096 characters"),
        ({"voice": "<script>"}, "voice", "This voice is not there."),
        ({"speed": "fast"}, "speed", ""),
        ({"speed": "9"}, "speed", ""),
        ({"speed": "nan"}, "speed", ""),
        ({"response_format": "midi"}, "response_format", "'mp3'"),
        ({"model": ""}, "model", ""),
    ],
)
@pytest.mark.usefixtures("nothing_is_paid")
def test_what_the_api_refuses_is_refused_in_words(
    browser: httpx.Client, changed: dict[str, str], param: str, words: str
) -> None:
    error = told(browser.post(RUN, data=HELLO | changed), 400)
    assert error["param"] == param
    assert words in error["message"]
    assert not Job.objects.exists()


def test_a_line_s_end_counts_once_however_a_browser_sends_it(
    browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.1)
    assert browser.post(RUN, data=HELLO | {"input": "ab\r\n" * 1365}).status_code == 200


@pytest.mark.usefixtures("nothing_is_paid")
def test_a_failing_engine_is_told_and_costs_nothing(
    browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, RuntimeError("out of order"))
    error = told(browser.post(RUN, data=HELLO), 500)
    assert "not charged" in error["message"]
    assert Job.objects.get().status == "failed"


def test_who_has_no_money_is_led_to_the_wallet(browser: httpx.Client, site: str) -> None:
    with logged_in(site, User.objects.create_user("poor@example.com")) as poor:
        error = told(poor.post(RUN, data=HELLO), 402)
        page = poor.post(RUN, data=HELLO, headers=AS_FORM)
    assert error["message"] == "Your balance does not cover this run. Top up, or try less at once."
    assert error["code"] == "insufficient_quota"
    assert page.status_code == 402
    assert f'<a href="{reverse("wallet")}">To the wallet</a>' in page.text
    assert not Job.objects.exists()


def test_who_is_logged_out_is_asked_to_log_in(site: str) -> None:
    with httpx.Client(base_url=site) as stranger:
        stranger.get("/login/")
        headers = {"X-CSRFToken": stranger.cookies["csrftoken"]}
        error = told(stranger.post(RUN, data=HELLO, headers=headers), 401)
        page = stranger.post(RUN, data=HELLO, headers=headers | AS_FORM)
    assert error["code"] == "logged_out"
    assert page.status_code == 302
    assert page.headers["location"] == "/login/?next=/playground/"


@pytest.mark.usefixtures("nothing_is_paid")
def test_another_site_cannot_spend_what_one_has(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    for path in (RUN, "/playground/transcription/run", "/playground/speech/ahead"):
        assert client.post(path, HELLO).status_code == 403
    assert client.get(RUN).status_code == 405
    assert not Job.objects.exists()


@pytest.mark.parametrize("switch", ["playground", "speech"])
@pytest.mark.usefixtures("nothing_is_paid")
def test_it_can_be_switched_off(browser: httpx.Client, switch: str) -> None:
    with override_switch(switch, active=False):
        assert told(browser.post(RUN, data=HELLO), 503)["code"] == "switched_off"
        page = browser.post(RUN, data=HELLO, headers=AS_FORM)
    assert "switched this page off" in page.text


# --- limits -------------------------------------------------------------------------------------
def test_a_session_has_so_many_runs_a_minute(
    browser: httpx.Client, site: str, eve: User, settings: Settings
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 2
    begin_well_before_the_next()
    answers = [browser.post(RUN, data={}) for _ in range(3)]
    assert [a.status_code for a in answers] == [400, 400, 429]
    assert answers[2].json()["error"]["message"].startswith("Too many runs")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    with logged_in(site, eve) as other:
        assert other.post(RUN, data={}).status_code == 400


@pytest.mark.usefixtures("nothing_is_paid")
def test_and_so_many_at_a_time(
    browser: httpx.Client, ada: User, eve: User, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_JOBS = 1
    key, _ = create_api_key(user=ada, name="test")
    open_job(ada, api_key=key)
    open_job(eve)
    assert told(browser.post(RUN, data={}), 400), "jobs of keys and of others do not count"
    open_job(ada)
    assert told(browser.post(RUN, data={}), 429)["code"] == "rate_limit_exceeded"


def open_job(user: User, **fields: Any) -> Job:
    plain = {"kind": "speech", "price_micros_per_minute": 1, "held_micros": 1}
    return Job.objects.create(user=user, queue_deadline=user.date_joined, **(plain | fields))


# --- without JavaScript --------------------------------------------------------------------------
def test_a_form_gets_a_file_with_a_name_that_says_what_it_is(
    browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.1)
    for text, name in [
        ('Hello "there"; filename="x.exe"\r\nX: y', "nova-hello-there-filenamexexe-x-y.pcm"),
        ("../../etc/passwd", "nova-etcpasswd.pcm"),
        ("こんにちは", "nova-speech.pcm"),
    ]:
        answer = browser.post(RUN, data=HELLO | {"input": text}, headers=AS_FORM)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_a_refused_form_comes_back_as_it_was(browser: httpx.Client, voice: VoiceProfile) -> None:
    text = "</textarea><script>alert(1)</script>" + "x" * 4096
    sent = HELLO | {"input": text, "speed": "1.5", "response_format": "flac"}
    page = browser.post(RUN, data=sent, headers=AS_FORM)
    assert page.status_code == 400
    assert "At most 4,096 characters" in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert re.search(r'<option value="flac"\s+selected>', page.text)
    assert 'value="1.5"' in page.text
