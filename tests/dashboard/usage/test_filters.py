"""What the URL of the usage page asks for, and which requests and days that is."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.keys.choosing import PLAYGROUND
from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.models import Job
from dashboard.usage import log, sums
from dashboard.usage.filters import CHOICES_SHOWN, UsageFilters, UsageForm
from dashboard.usage.log import Cursor
from tests.clock import at
from tests.dashboard.usage.cast import used

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def key(user: User) -> ApiKey:
    return create_api_key(user=user, name="CI")[0]


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with at(NOON):
        yield


@pytest.fixture
def _whole_ledger() -> None:
    """These jobs never had a hold."""


def asked(user: User, **query: str) -> UsageFilters:
    form = UsageForm(user, query)
    assert form.is_valid(), form.errors
    return form.filters


def errors(user: User, **query: str) -> dict[str, list[str]]:
    return dict(UsageForm(user, query).errors)


# --- the URL --------------------------------------------------------------------------------------
def test_nothing_asked_is_the_last_thirty_days(user: User) -> None:
    filters = asked(user)
    assert (filters.first, filters.last) == (date(2026, 10, 22), date(2026, 11, 20))
    assert filters.query == {"from": "2026-10-22", "to": "2026-11-20"}


def test_what_is_asked_comes_back_as_a_link(user: User, key: ApiKey) -> None:
    query = {
        "from": "2026-11-01", "to": "2026-11-02", "key": str(key.public_id),
        "endpoint": "speech", "voice": "a & b", "status": "failed", "request": "req_1",
    }  # fmt: skip
    filters = asked(user, **query)
    assert filters.query == query
    assert "voice=a+%26+b" in filters.url(by="key")
    assert filters.url(by="key").endswith("&by=key")
    assert asked(user, key=PLAYGROUND).query["key"] == PLAYGROUND


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, value) for name in ("from", "to") for value in ("soon", "2026-02-30", "0001-01-01",
          "9999-12-31", "2026-11-23T00:00", "20261123", "\x00")),
        *(("key", value) for value in ("7", str(uuid.UUID(int=7)), "\x00")),
        ("endpoint", "music"),
        ("status", "lost"),
        ("voice", "x" * 129),
        ("request", "\x00"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_beside_its_field(user: User, field: str, value: str) -> None:
    assert field in errors(user, **{field: value})


def test_days_in_the_wrong_order_or_too_many(user: User) -> None:
    assert "to" in errors(user, **{"from": "2026-11-03", "to": "2026-11-02"})
    assert "from" in errors(user, **{"from": "2025-11-19", "to": "2026-11-20"})
    assert not errors(user, **{"from": "2025-11-20", "to": "2026-11-20"})


def test_somebody_else_s_key_is_unknown(user: User) -> None:
    other = create_api_key(user=User.objects.create_user("eve@example.com"), name="hers")[0]
    assert "key" in errors(user, key=str(other.public_id))


def test_a_key_too_old_for_the_list_is_in_it_when_it_is_asked_for(
    user: User, key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        create_api_key(user=user, name=f"newer {number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.usage.filters.CHOICES_SHOWN", 2)
        form = UsageForm(user, {"key": str(key.public_id)})
        with django_assert_max_num_queries(1):
            assert form.is_valid()
    html = str(form["key"])
    assert html.count("<option") == 5
    assert f'<option value="{key.public_id}" selected>' in html
    assert CHOICES_SHOWN > 100


def test_a_field_for_days_gets_nothing_else(user: User) -> None:
    """A browser would complain of it."""
    assert "value" not in str(UsageForm(user, {"from": "2026-13-99"})["from"])
    assert 'value="2026-11-20"' in str(UsageForm(user, {})["to"])


# --- which requests and days ----------------------------------------------------------------------
@pytest.fixture
def jobs(user: User, key: ApiKey) -> dict[str, Job]:
    used(User.objects.create_user("eve@example.com"), created_at=NOON - timedelta(hours=1))
    many: dict[str, dict[str, Any]] = {
        "keyed": {"api_key": key},
        "playground": {},
        "alloy": {"voice_name": "alloy"},
        "heard": {"kind": "transcription", "api_key": key},
        "failed": {"status": "failed", "api_key": key},
        "cancelled": {"status": "cancelled"},
        "running": {"status": "running"},
        "old": {"created_at": NOON - timedelta(days=40), "request_id": "req_old"},
    }
    return {
        name: used(user, **({"created_at": NOON - timedelta(minutes=n)} | fields))
        for n, (name, fields) in enumerate(many.items(), start=1)
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "keyed playground alloy heard failed cancelled running"),
        ({"key": "its"}, "keyed heard failed"),
        ({"key": PLAYGROUND}, "playground alloy cancelled running"),
        ({"endpoint": "transcription"}, "heard"),
        ({"voice": "alloy"}, "alloy"),
        ({"voice": "alloy", "endpoint": "speech"}, "alloy"),
        ({"voice": "nova", "endpoint": "transcription"}, ""),
        ({"status": "failed"}, "failed"),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "running"}, "running"),
        ({"status": "succeeded", "key": "its"}, "keyed heard"),
        ({"status": "failed", "key": "its", "voice": "nova"}, "failed"),
        ({"status": "failed", "key": PLAYGROUND}, ""),
        ({"from": "2026-10-11", "to": "2026-10-11"}, "old"),
        ({"from": "2026-10-12", "to": "2026-11-19"}, ""),
        ({"request": "req_old"}, "old"),
        ({"request": "req_unknown"}, ""),
    ],
)
def test_the_log_has_what_fits_newest_first(
    user: User, key: ApiKey, jobs: dict[str, Job], query: dict[str, str], names: str
) -> None:
    if query.get("key") == "its":
        query = query | {"key": str(key.public_id)}
    page = log.page(asked(user, **query), None, size=50)
    assert [job.pk for job in page.jobs] == [jobs[name].pk for name in names.split()]
    assert page.next is None


@pytest.mark.parametrize(
    ("query", "requests", "failed"),
    [
        ({}, 6, 1),
        ({"key": PLAYGROUND}, 3, 0),
        ({"endpoint": "speech"}, 5, 1),
        ({"voice": "alloy"}, 1, 0),
        ({"from": "2026-10-11", "to": "2026-10-11"}, 1, 0),
    ],
)
def test_the_sums_of_what_fits(
    user: User, jobs: dict[str, Job], query: dict[str, str], requests: int, failed: int
) -> None:
    filters = asked(user, **query)
    total = sums.total(sums.by_day(filters).values())
    assert (total.requests, total.failed) == (requests, failed)
    for by in ("key", "endpoint", "voice"):
        assert sums.total(group.used for group in sums.groups(filters, by)) == total
    assert sums.used_between(filters.days()) == total


def test_groups_name_themselves_and_link_to_themselves(
    user: User, key: ApiKey, jobs: dict[str, Job]
) -> None:
    def told(by: str) -> list[tuple[str, dict[str, str], int]]:
        groups = sums.groups(asked(user), by)
        return sorted((group.name, group.query, group.used.requests) for group in groups)

    assert told("key") == [
        ("CI", {"key": str(key.public_id)}, 3),
        ("Playground", {"key": PLAYGROUND}, 3),
    ]
    assert told("endpoint") == [
        ("Speech", {"endpoint": "speech"}, 5),
        ("Transcription", {"endpoint": "transcription"}, 1),
    ]
    assert told("voice") == [
        ("No voice", {}, 1),
        ("alloy", {"voice": "alloy"}, 1),
        ("nova", {"voice": "nova"}, 4),
    ]


def test_every_day_has_its_place(user: User, jobs: dict[str, Job]) -> None:
    days = sums.by_day(asked(user, **{"from": "2026-11-18", "to": "2026-11-21"}))
    assert [day.day for day in days] == [18, 19, 20, 21]
    assert [used.requests for used in days.values()] == [0, 0, 6, 0]


# --- page by page ---------------------------------------------------------------------------------
@pytest.mark.parametrize("query", [{}, {"key": PLAYGROUND}, {"request": "req_same"}])
def test_pages_leave_nothing_out_and_repeat_nothing(user: User, query: dict[str, str]) -> None:
    """Also where several requests were made in one moment."""
    for number in range(9):
        moment = NOON - timedelta(minutes=number // 3)
        used(user, created_at=moment, request_id="req_same")
    whole = [job.pk for job in log.page(asked(user, **query), None, size=50).jobs]
    assert len(set(whole)) == 9

    for size in (1, 2, 4, 9):
        parts = list(log.pages(asked(user, **query), size=size))
        assert [job.pk for part in parts for job in part] == whole
        assert all(len(part) <= size for part in parts)


def test_a_page_stays_where_it_is_while_requests_come(user: User) -> None:
    for number in range(4):
        used(user, created_at=NOON - timedelta(minutes=number))
    first = log.page(asked(user), None, size=2)
    used(user, created_at=NOON + timedelta(minutes=1))

    assert first.next is not None
    second = log.page(asked(user), first.next, size=2)
    shown = {job.pk for page in (first, second) for job in page.jobs}
    assert len(shown) == 4


def test_a_cursor_survives_its_link() -> None:
    cursor = Cursor(NOON + timedelta(microseconds=123), uuid.uuid4())
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "1", "x_y", f"-1_{uuid.UUID(int=7).hex}", f"{10**17}_{'0' * 32}"]
)
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Cursor.parse(text)
