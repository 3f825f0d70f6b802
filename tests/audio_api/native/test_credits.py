"""The wallet as credits: 7,500 to the dollar, and nothing that is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audio_api.models import Job
from audio_api.native.credits import credits_down, credits_up
from tests.calling import calling_as, error_of
from tests.wallet.cast import adjust, fund, take_hold
from wallet import services
from wallet.models import Rate

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


def job_of(user: User, **fields: Any) -> Job:
    return Job.objects.create(
        **{
            "user": user,
            "kind": "transcription",
            "status": Job.Status.SUCCEEDED,
            "model": "whisper-1",
            "request_id": "req_1",
            "queue_deadline": timezone.now(),
            "price_micros_per_minute": 10_000,
            "held_micros": 54_667,
            "audio_ms": 328_000,
            "cost_micros": 54_667,
        }
        | fields
    )


def test_the_shape_of_a_balance(ada: User) -> None:
    fund(ada, 50_000_000)
    services.settle(job_id=take_hold(ada, 26_000_000).job_id, amount_micros=25_000_000)

    assert calling_as(ada).get("/credits").json() == {
        "credits_balance": 0,
        "balance": 0,
        "payg_balance": 187_500,
        "total_available_credits": 187_500,
        "total_credits_used": 187_500,
        "total_payg_credits_purchased": 375_000,
        "credits_per_month": 0,
        "last_reset_at": None,
        "next_reset_date": None,
    }


def test_an_account_without_money_has_none(ada: User) -> None:
    body = calling_as(ada).get("/credits").json()
    assert {value for value in body.values() if value is not None} == {0}


def test_what_is_held_is_not_available_and_fractions_add_up(ada: User) -> None:
    fund(ada, 1_000_000)
    adjust(ada, 99)
    services.settle(job_id=take_hold(ada, 10_000).job_id, amount_micros=1_234)
    take_hold(ada, 500_000)
    body = calling_as(ada).get("/credits").json()
    assert body["total_available_credits"] == credits_down(1_000_099 - 1_234 - 500_000) == 3_741
    left = credits_down(1_000_099 - 1_234)
    assert body["total_payg_credits_purchased"] == left + body["total_credits_used"]


@pytest.mark.parametrize(("micros", "down", "up"), [(0, 0, 0), (1, 0, 1), (133, 0, 1), (134, 1, 2)])
def test_what_is_there_is_rounded_down_and_a_cost_up(micros: int, down: int, up: int) -> None:
    assert (credits_down(micros), credits_up(micros)) == (down, up)
    assert credits_down(1_000_000) == credits_up(1_000_000) == 7_500


def test_the_shape_of_the_usage(ada: User) -> None:
    job = job_of(ada)
    answer = calling_as(ada).get("/credits/usage")
    (row,) = answer.json()
    assert row.pop("created_at").endswith("Z")
    assert row == {
        "id": str(job.pk),
        "user_credits_id": ada.pk,
        "credits_used": 411,
        "service_type": "transcription",
        "audio_duration": 328,
        "credit_source": "payg",
        "usage_metadata": {"job_id": str(job.pk), "model": "whisper-1", "amount_micros": 54_667},
    }
    assert answer.headers["X-Total-Count"] == "1"


def test_a_job_is_called_by_its_number(ada: User) -> None:
    """So that it can be looked up."""
    job = job_of(ada, is_detached=True, number=3141592653589793)
    caller = calling_as(ada)
    (row,) = caller.get("/credits/usage").json()
    assert row["usage_metadata"]["job_id"] == "3141592653589793"
    (log,) = caller.get("/api-wallet/usage").json()["logs"]
    assert (log["job_id"], log["id"]) == ("3141592653589793", str(job.pk))


def test_only_what_cost_the_account_something_is_usage(ada: User) -> None:
    job_of(ada, cost_micros=0, status=Job.Status.FAILED)
    job_of(User.objects.create_user("eve@example.com"))
    assert calling_as(ada).get("/credits/usage").json() == []


@pytest.mark.parametrize("first", ["skip", "offset"])
def test_pages_of_the_usage_are_the_newest_first(ada: User, first: str) -> None:
    now = timezone.now()
    jobs = [job_of(ada, created_at=now - timedelta(days=age)) for age in range(5)]
    answer = calling_as(ada).get("/credits/usage", **{first: 1, "limit": 2})
    assert [row["id"] for row in answer.json()] == [str(job.pk) for job in jobs[1:3]]
    assert answer.headers["X-Total-Count"] == "5"


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"skip": -1}, {"offset": "x"}])
def test_a_query_without_sense_is_refused(ada: User, query: dict[str, Any]) -> None:
    error = error_of(calling_as(ada).get("/credits/usage", **query), 400)
    assert error["param"] in query


def test_a_minute_costs_what_the_wallet_says(ada: User) -> None:
    Rate.objects.filter(service_type="transcription").update(price_micros_per_minute=1_000)
    answer = calling_as(ada).get("/credits/multipliers").json()
    assert answer == {
        "text_to_speech": 300,
        "transcription": 7.5,
        "translation": 75,
        "media_converter": 75,
        "denoise": 150,
    }
