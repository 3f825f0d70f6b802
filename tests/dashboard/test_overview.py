"""The overview, and the pages that say that something is wrong."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audio_api.models import Job
from audiopod import errors
from tests.clock import at
from tests.dashboard.usage.cast import SAID, used
from tests.pages import page_of
from tests.wallet.cast import fund, pay
from wallet import services as wallet

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


def text_of(client: Client) -> str:
    """The words of the overview, once it has passed what every page must pass."""
    answer = client.get(reverse("dashboard"))
    page_of(answer)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- the overview -------------------------------------------------------------------------------
def test_a_new_account_is_told_how_to_begin(as_ada: Client) -> None:
    text = text_of(as_ada)

    assert "First steps" in text
    assert text.count("to do") == 2
    assert "Nothing yet. The commands below make your first request." in text
    assert "YOUR_API_KEY" in text
    assert text.count("$0.00") == 4
    assert reverse("admin:index") not in text


def test_the_first_steps_tick_themselves_and_go(
    ada: User, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.overview.is_configured", lambda: True)

    def steps() -> tuple[int, int]:
        text = text_of(as_ada)
        return text.count(" done "), text.count("to do")

    assert steps() == (0, 3)
    key, _ = create_api_key(user=ada, name="Laptop")
    assert steps() == (1, 2)
    used(ada, api_key=key)
    assert steps() == (2, 1)
    pay(ada, 500)
    assert steps() == (0, 0)
    assert "First steps" not in text_of(as_ada)


def test_the_money_on_the_overview(ada: User, eve: User, as_ada: Client) -> None:
    """Given $25, a hold, two jobs of this month, one of the last and one of somebody else."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with at(now):
        fund(ada, 25_000_000)
        wallet.hold(user=ada, job_id=uuid.uuid4(), amount_micros=123_456, seconds=60)
        used(ada, created_at=now - timedelta(minutes=2))
        used(ada, created_at=now - timedelta(minutes=1), cost_micros=1)
        used(ada, created_at=datetime(2026, 10, 31, 23, 59, 58, tzinfo=UTC), cost_micros=777)
        used(eve, created_at=now - timedelta(minutes=1), cost_micros=888)
        text = text_of(as_ada)

    assert "Available $24.87 exactly $24.876544 and $0.123456 held" in text
    assert "Spent in November $0.00 exactly $0.003735" in text
    assert "Requests in 30 days 3 0.3 minutes of audio" in text
    assert "Errors in 30 days 0 0.0 %" in text


def test_a_job_over_midnight_belongs_to_the_day_on_which_it_ends(ada: User, as_ada: Client) -> None:
    now = datetime(2026, 11, 1, 0, 5, tzinfo=UTC)
    with at(now):
        used(
            ada,
            created_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC),
            finished_at=datetime(2026, 11, 1, 0, 1, tzinfo=UTC),
        )
        text = text_of(as_ada)

    assert "Spent in November $0.00 exactly $0.003734" in text


def test_errors_are_counted_and_led_to(ada: User, as_ada: Client) -> None:
    used(ada)
    used(ada, status=Job.Status.FAILED)
    assert "Errors in 30 days 1 50.0 % of the requests Which ones" in text_of(as_ada)


def test_recent_requests(ada: User, as_ada: Client) -> None:
    key, _ = create_api_key(user=ada, name="<b>Laptop")
    job = used(ada, api_key=key)
    used(ada, status=Job.Status.RUNNING)
    used(ada, status=Job.Status.FAILED, error_code="engine_failed")

    answer = as_ada.get(reverse("dashboard"))

    page = page_of(answer)
    text = re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())
    for words in ("&lt;b&gt;Laptop", "5.6 s", "0.84 s", "$0.003734", "not yet", "engine_failed"):
        assert words in text
    for word in ("succeeded", "running", "failed"):
        assert word in text
        assert any((use["href"] or "").endswith(f"#{word}") for use in page.all("use"))
    assert f"/dashboard/requests/{job.pk}/" in answer.content.decode()
    assert SAID not in text


def test_only_the_newest_ten_and_only_one_s_own(ada: User, eve: User, as_ada: Client) -> None:
    for number in range(12):
        at_ = timezone.now() - timedelta(minutes=number)
        used(ada, voice_name=f"voice-{number:02}", created_at=at_)
    used(eve, voice_name="voice-of-eve")

    shown = re.findall(r"voice-[\w-]+", text_of(as_ada))
    assert shown == [f"voice-{number:02}" for number in range(10)]


def test_an_account_that_grows_costs_no_more_queries(ada: User, as_ada: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_ada.get(reverse("dashboard")))
        return len(captured)

    key, _ = create_api_key(user=ada, name="first")
    used(ada, api_key=key)
    small = queries()
    for number in range(30):
        key, _ = create_api_key(user=ada, name=str(number))
        used(ada, api_key=key, created_at=timezone.now() - timedelta(days=number))

    assert queries() == small <= 9


def test_only_who_is_logged_in_and_only_reading(client: Client, as_ada: Client) -> None:
    assert Client().get(reverse("dashboard")).status_code == 302
    assert as_ada.post(reverse("dashboard")).status_code == 405


def test_staff_are_led_to_the_admin(ada: User, as_ada: Client) -> None:
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    assert f'href="{reverse("admin:index")}"' in as_ada.get(reverse("dashboard")).content.decode()


# --- when something is wrong --------------------------------------------------------------------
def test_an_unknown_page(as_ada: Client) -> None:
    page_of(as_ada.get("/no/such/page/"), status=404)


def test_error_pages_ask_nothing_of_a_database() -> None:
    request = RequestFactory().get("/dashboard/")

    with CaptureQueriesContext(connection) as captured:
        page_of(errors.server_error(request), status=500)
        page_of(errors.bad_request(request, ValueError()), status=400)
    assert not captured.captured_queries
