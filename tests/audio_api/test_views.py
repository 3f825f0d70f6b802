"""The front page and the overview."""

from __future__ import annotations

import ast
import html
import json
import re
import shlex
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.services import create_api_key
from audio_api.models import Job
from audio_api.views import month_start
from audiopod import errors
from tests.pages import page_of
from wallet import services as wallet
from wallet.models import Rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def eve() -> User:
    return User.objects.create_user("eve@example.com")


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def make_job(user: User, **fields: Any) -> Job:
    now = timezone.now()
    job = {
        "request_id": f"req_{uuid.uuid4().hex}",
        "kind": Job.Kind.SPEECH,
        "status": Job.Status.SUCCEEDED,
        "model": "tts-1",
        "voice_name": "nova",
        "params": {"input": "the secret text"},
        "queue_deadline": now,
        "price_micros_per_minute": 40_000,
        "held_micros": 10_000,
        "audio_ms": 5_601,
        "cost_micros": 3_734,
        "created_at": now,
        "finished_at": now + timedelta(milliseconds=840),
    }
    return Job.objects.create(user=user, **(job | fields))


def fund(user: User, micros: int) -> None:
    wallet.grant(
        user=user,
        amount_micros=micros,
        reason="a test",
        actor="command:test",
        idempotency_key=str(uuid.uuid4()),
    )


def code_of(text: str, name: str) -> str:
    found = re.search(rf'<code id="snippet-{name}">(.*?)</code>', text, re.DOTALL)
    assert found, f"no snippet {name}"
    return html.unescape(found.group(1))


# --- the front page -----------------------------------------------------------------------------
def test_the_front_page_says_what_it_costs(client: Client) -> None:
    Rate.objects.create(
        service="transcription",
        price_micros_per_minute=12_500,
        effective_from=timezone.now() - timedelta(minutes=1),
    )

    answer = client.get(reverse("home"))

    page_of(answer)
    text = answer.content.decode()
    assert re.findall(r"\$[0-9.]+", text) == ["$0.04", "$0.0125", "$0.01"]
    assert reverse("login") in text


def test_the_front_page_leads_somebody_logged_in_to_the_dashboard(as_ada: Client) -> None:
    answer = as_ada.get(reverse("home"))

    page_of(answer)
    assert f'class="button" href="{reverse("dashboard")}"' in answer.content.decode()


def test_the_snippets_call_this_server(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://audio.example.com"

    text = client.get(reverse("home")).content.decode()

    speech = shlex.split(code_of(text, "speech").replace("\\\n", " "))
    assert speech[:2] == ["curl", "https://audio.example.com/api/v1/audio/speech"]
    assert "Authorization: Bearer YOUR_API_KEY" in speech
    body = json.loads(speech[speech.index("-d") + 1])
    assert set(body) == {"model", "voice", "input"}
    listening = shlex.split(code_of(text, "transcription").replace("\\\n", " "))
    assert listening[1] == "https://audio.example.com/api/v1/audio/transcriptions"
    for name in ("speech", "transcription"):
        subprocess.run(["bash", "-n"], input=code_of(text, name), text=True, check=True)


def test_the_python_snippet_is_a_program(client: Client) -> None:
    program = code_of(client.get(reverse("home")).content.decode(), "python")

    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Call)
    }
    assert {
        "OpenAI",
        "client.audio.speech.create",
        "client.audio.transcriptions.create",
    } <= calls


# --- the overview -------------------------------------------------------------------------------
def test_a_new_account_is_told_how_to_begin(as_ada: Client) -> None:
    answer = as_ada.get(reverse("dashboard"))

    page_of(answer)
    text = answer.content.decode()
    assert "No key yet." in text
    assert "Nothing yet." in text
    assert text.count("$0.00") == 4
    assert reverse("admin:index") not in text


def test_the_money_on_the_overview(ada: User, eve: User, as_ada: Client) -> None:
    """Given $25, a hold, two jobs of this month, one of the last and one of somebody else."""
    fund(ada, 25_000_000)
    wallet.hold(user=ada, job_id=uuid.uuid4(), amount_micros=123_456, seconds=60)
    make_job(ada)
    make_job(ada, cost_micros=1)
    make_job(ada, created_at=month_start(timezone.now()) - timedelta(seconds=1), cost_micros=777)
    make_job(eve, cost_micros=888)

    text = as_ada.get(reverse("dashboard")).content.decode()

    figures = re.findall(r'<p class="figure__value">(.*?)</p>\s*<p[^>]*>(.*?)</p>', text)
    assert figures == [
        ("$24.87", "exactly $24.876544"),
        ("$0.123456", "what they do not use comes back"),
        ("$0.003735", "2 requests"),
    ]


def test_recent_requests(ada: User, as_ada: Client) -> None:
    key, _ = create_api_key(user=ada, name="Laptop")
    make_job(ada, api_key=key)
    make_job(ada, status=Job.Status.RUNNING, cost_micros=0, audio_ms=0, finished_at=None)
    make_job(ada, status=Job.Status.FAILED, cost_micros=0, audio_ms=0, error_code="engine_failed")

    answer = as_ada.get(reverse("dashboard"))

    page = page_of(answer)
    text = re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())
    for words in ("Laptop", "5.6 s", "0.84 s", "$0.003734", "not yet", "engine_failed"):
        assert words in text
    for word in ("succeeded", "running", "failed"):
        assert word in text
        assert any((use["href"] or "").endswith(f"#{word}") for use in page.all("use"))
    assert "the secret text" not in text


def test_only_the_newest_twenty_and_only_one_s_own(ada: User, eve: User, as_ada: Client) -> None:
    for number in range(25):
        make_job(
            ada,
            voice_name=f"voice-{number:02}",
            created_at=timezone.now() - timedelta(minutes=number),
        )
    make_job(eve, voice_name="voice-of-eve")

    text = as_ada.get(reverse("dashboard")).content.decode()

    assert re.findall(r"voice-[\w-]+", text) == [f"voice-{number:02}" for number in range(20)]


def test_an_account_that_grows_costs_no_more_queries(ada: User, as_ada: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_ada.get(reverse("dashboard")))
        return len(captured)

    key, _ = create_api_key(user=ada, name="first")
    make_job(ada, api_key=key)
    small = queries()
    for number in range(30):
        key, _ = create_api_key(user=ada, name=str(number))
        make_job(ada, api_key=key)

    assert queries() == small <= 7


def test_staff_are_led_to_the_admin(ada: User, as_ada: Client) -> None:
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    assert f'href="{reverse("admin:index")}"' in as_ada.get(reverse("dashboard")).content.decode()


def test_the_month_begins_at_its_first_midnight() -> None:
    moment = datetime(2026, 11, 23, 1, 29, 13, 5, tzinfo=UTC)
    assert month_start(moment) == datetime(2026, 11, 1, tzinfo=UTC)


# --- when something is wrong --------------------------------------------------------------------
def test_an_unknown_page(as_ada: Client) -> None:
    page_of(as_ada.get("/no/such/page/"), status=404)


def test_error_pages_ask_nothing_of_a_database() -> None:
    request = RequestFactory().get("/dashboard/")

    with CaptureQueriesContext(connection) as captured:
        page_of(errors.server_error(request), status=500)
        page_of(errors.bad_request(request, ValueError()), status=400)
    assert not captured.captured_queries
