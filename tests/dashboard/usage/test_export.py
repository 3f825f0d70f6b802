"""Usage for a spreadsheet, which runs nothing that it is given."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.services import create_api_key
from dashboard.usage import export
from dashboard.usage.filters import UsageFilters
from tests.dashboard.usage.cast import SAID, used

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def _whole_ledger() -> None:
    """These jobs never had a hold."""


@pytest.fixture
def november(user: User) -> UsageFilters:
    return UsageFilters(user=user, first=date(2026, 11, 1), last=date(2026, 11, 30))


def rows(text: Iterator[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(text))))


def test_a_line_of_the_log(user: User, november: UsageFilters) -> None:
    key, _ = create_api_key(user=user, name="=1+1")
    job = used(
        user,
        api_key=key,
        created_at=NOON,
        request_id="req_1",
        voice_name="@SUM(A1)",
        model="-tts",
        status="failed",
        error_code="engine_error",
    )
    [row] = rows(export.log_csv(november))
    assert row == {
        "created_utc": "2026-11-20T12:00:00.000000Z",
        "finished_utc": "2026-11-20T12:00:00.840000Z",
        "request": "req_1",
        "job": str(job.pk),
        "endpoint": "speech",
        "voice": "'@SUM(A1)",
        "model": "'-tts",
        "key_id": str(key.public_id),
        "key": "'=1+1",
        "status": "failed",
        "seconds": "0.000",
        "usd_per_minute": "0.040000",
        "cost_usd": "0.000000",
        "taken_seconds": "0.840",
        "error": "engine_error",
    }


def test_a_request_that_runs_has_no_end(user: User, november: UsageFilters) -> None:
    used(user, created_at=NOON, status="running")
    [row] = rows(export.log_csv(november))
    assert (row["finished_utc"], row["taken_seconds"]) == ("", "")
    assert (row["key_id"], row["key"]) == ("playground", "")
    assert SAID not in str(row)


def test_the_whole_log_a_few_lines_at_a_time(
    user: User,
    november: UsageFilters,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_A_TIME", 4)
    for number in range(10):
        used(user, created_at=NOON - timedelta(minutes=number), request_id=f"req_{number}")

    with django_assert_num_queries(3):
        pieces = list(export.log_csv(november))

    assert [piece.count("\n") for piece in pieces] == [1, 4, 4, 2]
    assert [row["request"] for row in rows(iter(pieces))] == [f"req_{n}" for n in range(10)]


def test_the_sums_in_every_way(user: User, november: UsageFilters) -> None:
    key, _ = create_api_key(user=user, name="+CI")
    used(user, created_at=NOON, api_key=key)
    used(user, created_at=NOON - timedelta(days=1), kind="translation")
    used(user, created_at=NOON - timedelta(days=1), status="failed", voice_name="alloy")

    numbers = {
        "requests": "1",
        "failed": "0",
        "cancelled": "0",
        "seconds": "5.601",
        "cost_usd": "0.003734",
        "mean_taken_seconds": "0.840",
    }
    by_day = rows(export.sums_csv(november, "day"))
    assert [(row["day"], row["requests"]) for row in by_day] == [
        ("2026-11-19", "2"),
        ("2026-11-20", "1"),
    ]
    by_key = rows(export.sums_csv(november, "key"))
    assert {"key_id": str(key.public_id), "key": "'+CI", **numbers} in by_key
    assert {row["key_id"] for row in by_key} == {str(key.public_id), "playground"}
    assert {"endpoint": "translation", **numbers} in rows(export.sums_csv(november, "endpoint"))
    voices = rows(export.sums_csv(november, "voice"))
    assert {row["voice"] for row in voices} == {"nova", "alloy", ""}
