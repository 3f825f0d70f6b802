"""The usage page and its files, as their reader gets them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audio_api.models import Job
from dashboard.usage import views
from tests.dashboard.usage.cast import SAID, used
from tests.pages import Page, page_of

pytestmark = pytest.mark.django_db

MOST_QUERIES = 6
"""Session, reader, keys to choose from, days, groups, requests."""


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def look(client: Client, **query: str) -> tuple[Page, str]:
    """The page, and its words."""
    answer = client.get(reverse("usage"), query)
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return page_of(answer), " ".join(words.split())


def links(page: Page) -> list[str]:
    return [link["href"] or "" for link in page.all("a")]


def test_an_empty_account(as_ada: Client) -> None:
    _, words = look(as_ada)
    assert "No request fits these filters." in words
    assert "No request ended on these days." in words
    assert "Cost $0.00 exactly $0.00 Requests 0" in words


def test_what_was_used(ada: User, as_ada: Client) -> None:
    key, _ = create_api_key(user=ada, name="<script>alert(1)</script>" + "x" * 70)
    job = used(ada, api_key=key, request_id="req_one")
    used(ada, status="failed", error_code="engine_error", voice_name="صوت")
    used(User.objects.create_user("eve@example.com"), request_id="req_of_eve")

    page, words = look(as_ada)

    assert "Cost $0.00 exactly $0.003734 Requests 2 1 failed (50.0 %), 0 cancelled" in words
    assert "Audio 0.1 min" in words
    assert "2 requests for $0.003734 from" in words
    for expected in ("req_one", "engine_error", "صوت", "0.84 s", "&lt;script&gt;alert(1)"):
        assert expected in words
    assert f"/dashboard/requests/{job.pk}/" in links(page)
    assert "req_of_eve" not in words
    assert SAID not in words


def test_filters_stand_in_the_url_and_in_the_form(ada: User, as_ada: Client) -> None:
    key, _ = create_api_key(user=ada, name="CI")
    used(ada, api_key=key, request_id="req_of_ci")
    used(ada, request_id="req_of_playground", voice_name="alloy")

    page, words = look(as_ada, key=str(key.public_id), by="voice", show="requests")

    assert "req_of_ci" in words
    assert "req_of_playground" not in words
    assert "Requests by day" in words
    [chosen] = [
        option for option in page.all("option") if option.get("value") == str(key.public_id)
    ]
    assert "selected" in chosen
    nova = [link for link in links(page) if "voice=nova" in link]
    assert nova
    assert all(f"key={key.public_id}" in link and "by=voice" in link for link in nova)


def test_status_and_request_id_say_that_they_choose_only_requests(
    ada: User, as_ada: Client
) -> None:
    used(ada)
    _, words = look(as_ada, status="failed")
    assert "The sums are of all." in words
    assert "Requests 1 0 failed" in words
    assert "No request fits these filters." in words


@pytest.mark.parametrize(
    "query",
    [
        {"from": "soon"},
        {"to": "2026-02-30"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"key": "mine"},
        {"endpoint": "music"},
        {"status": "odd"},
    ],
)
def test_filters_without_sense_show_why_and_nothing_else(
    ada: User, as_ada: Client, query: dict[str, str]
) -> None:
    used(ada, request_id="req_one")
    page, words = look(as_ada, **query)
    assert len([attrs for _, attrs in page.elements if attrs.get("class") == "errorlist"]) == 1
    assert "req_one" not in words
    assert "These filters make no sense" in words


@pytest.mark.parametrize("query", [{"by": "colour"}, {"show": "all"}, {"before": "\x00"}])
def test_links_that_were_bent_show_the_page_as_it_begins(
    ada: User, as_ada: Client, query: dict[str, str]
) -> None:
    used(ada, request_id="req_one")
    assert "req_one" in look(as_ada, **query)[1]


def test_older_requests_are_a_link_away(
    ada: User, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REQUESTS_A_PAGE", 2)
    for number in range(3):
        moment = timezone.now() - timedelta(minutes=number + 1)
        used(ada, request_id=f"req_{number}", created_at=moment)

    page, words = look(as_ada, endpoint="speech")
    assert re.findall(r"req_\d", words) == ["req_0", "req_1"]
    [older] = [link for link in links(page) if "before=" in link]
    assert "endpoint=speech" in older

    answer = as_ada.get(older.split("#")[0])
    assert re.findall(r"req_\d", answer.content.decode()) == ["req_2"]
    assert not [link for link in links(page_of(answer)) if "before=" in link]


def test_the_groups_that_cost_most_and_the_rest(
    ada: User, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "GROUPS_SHOWN", 2)
    for number in range(4):
        used(ada, voice_name=f"voice-{number}", cost_micros=1_000 * number)

    _, words = look(as_ada, by="voice")

    table = words[words.index("What it was used for") : words.index("All others")]
    assert re.findall(r"voice-\d", table) == ["voice-3", "voice-2"]
    assert re.search(r"All others 2 0 0.2 0.84 s \$0.001 ", words)


def test_an_account_that_grows_costs_no_more_queries(ada: User, as_ada: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            look(as_ada)
        return len(captured)

    key, _ = create_api_key(user=ada, name="first")
    used(ada, api_key=key)
    few = queries()
    for number in range(60):
        key, _ = create_api_key(user=ada, name=str(number))
        used(ada, api_key=key, voice_name=f"v{number}")

    assert queries() == few <= MOST_QUERIES


def test_only_who_is_logged_in_and_only_reading(as_ada: Client) -> None:
    for name in ("usage", "usage-csv"):
        assert Client().get(reverse(name)).status_code == 302
        assert as_ada.post(reverse(name)).status_code == 405


# --- as CSV ---------------------------------------------------------------------------------------
def csv_of(client: Client, **query: str) -> tuple[Any, list[dict[str, str]]]:
    answer = client.get(reverse("usage-csv"), query)
    assert isinstance(answer, StreamingHttpResponse)

    async def whole(pieces: AsyncIterator[bytes]) -> bytes:
        return b"".join([piece async for piece in pieces])

    text = async_to_sync(whole)(answer.streaming_content).decode()  # type: ignore[arg-type]
    return answer, list(csv.DictReader(io.StringIO(text)))


def test_the_log_as_csv_has_what_the_page_has(ada: User, as_ada: Client) -> None:
    for number in range(3):
        used(ada, request_id=f"req_{number}", voice_name=f"voice-{number}")

    answer, rows = csv_of(as_ada, voice="voice-1")

    assert [row["request"] for row in rows] == ["req_1"]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    today = f"{timezone.now():%Y-%m-%d}"
    assert re.fullmatch(
        rf'attachment; filename="audiopod-usage-requests-[0-9-]+-{today}\.csv"',
        answer.headers["Content-Disposition"],
    )
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("by", ["day", "key", "endpoint", "voice"])
def test_sums_as_csv(ada: User, as_ada: Client, by: str) -> None:
    used(ada)
    used(ada, status=Job.Status.FAILED)
    _, [row] = csv_of(as_ada, by=by)
    assert (row["requests"], row["failed"], row["cost_usd"]) == ("2", "1", "0.003734")
    assert by in row


@pytest.mark.parametrize("query", [{"from": "soon"}, {"by": "colour"}, {"key": "mine"}])
def test_a_file_of_nonsense_is_a_page_that_says_so(as_ada: Client, query: dict[str, str]) -> None:
    page_of(as_ada.get(reverse("usage-csv"), query), status=400)
