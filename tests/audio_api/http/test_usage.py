"""What every request was and what it cost, for the account that it belongs to."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.models import Job
from tests.calling import Caller, calling_as, error_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]

USAGE = "/api-wallet/usage"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def made(ada: User) -> tuple[ApiKey, str]:
    return create_api_key(user=ada, name="CI")


def job_of(user: User, key: ApiKey | None = None, **fields: Any) -> Job:
    return Job.objects.create(
        **{
            "user": user,
            "api_key": key,
            "kind": "transcription",
            "status": Job.Status.SUCCEEDED,
            "model": "whisper-1",
            "request_id": "req_1",
            "queue_deadline": timezone.now(),
            "price_micros_per_minute": 100_000,
            "held_micros": 546_667,
            "audio_ms": 328_000,
            "cost_micros": 546_667,
        }
        | fields
    )


def test_the_shape_of_the_usage(ada: User, made: tuple[ApiKey, str]) -> None:
    key, token = made
    now = timezone.now()
    job = job_of(ada, key, created_at=now - timedelta(seconds=4), finished_at=now)

    body = Caller(token).get(USAGE).json()

    assert (body["page"], body["limit"], body["has_more"]) == (1, 50, False)
    (log,) = body["logs"]
    times = {name: log.pop(name) for name in ("created_at", "finished_at")}
    assert times["created_at"] < times["finished_at"]
    assert log == {
        "id": str(job.pk),
        "service_type": "transcription",
        "duration_seconds": 328,
        "duration_minutes": 5.47,
        "amount_cents": 55,
        "amount_usd": "$0.55",
        "amount_micros": 546_667,
        "price_micros_per_minute": 100_000,
        "job_id": str(job.pk),
        "api_key_id": str(key.public_id),
        "request_id": "req_1",
        "model": "whisper-1",
        "status": "succeeded",
    }


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        ("speech", "text_to_speech"),
        ("transcription", "transcription"),
        ("translation", "translation"),
    ],
)
def test_each_kind_of_request_is_called_as_in_the_prices(
    ada: User, kind: str, service: str
) -> None:
    caller = calling_as(ada)
    job_of(ada, kind=kind)
    (log,) = caller.get(USAGE).json()["logs"]
    assert log["service_type"] == service
    assert service in caller.get("/api-wallet/service-types").json()
    assert log["api_key_id"] is None, "its key is gone"


def test_what_failed_is_there_and_cost_nothing(ada: User) -> None:
    job_of(ada, status=Job.Status.FAILED, cost_micros=0, audio_ms=0)
    (log,) = calling_as(ada).get(USAGE).json()["logs"]
    assert (log["status"], log["amount_cents"], log["amount_usd"]) == ("failed", 0, "$0.00")
    assert log["finished_at"] is None


def test_the_newest_come_first_page_by_page(ada: User) -> None:
    now = timezone.now()
    jobs = [job_of(ada, created_at=now - timedelta(minutes=n)) for n in range(5)]
    caller = calling_as(ada)
    pages = [caller.get(USAGE, page=page, limit=2).json() for page in (1, 2, 3, 4)]
    assert [log["id"] for page in pages for log in page["logs"]] == [str(job.pk) for job in jobs]
    assert [page["has_more"] for page in pages] == [True, True, False, False]


def test_one_key_of_several(ada: User, made: tuple[ApiKey, str]) -> None:
    key, token = made
    job_of(ada)
    mine = job_of(ada, key)
    (log,) = Caller(token).get(USAGE, api_key_id=str(key.public_id)).json()["logs"]
    assert log["id"] == str(mine.pk)


def test_nobody_sees_what_others_use(ada: User, made: tuple[ApiKey, str]) -> None:
    key, _ = made
    job_of(ada, key)
    eve = calling_as(User.objects.create_user("eve@example.com"))
    assert eve.get(USAGE).json()["logs"] == []
    said = {
        error_of(eve.get(USAGE, api_key_id=str(ident)), 404)["message"]
        for ident in (key.public_id, uuid.uuid4())
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    "query", [{"api_key_id": "7"}, {"limit": 101}, {"limit": "all"}, {"page": -1}]
)
def test_a_question_without_sense_is_refused(ada: User, query: dict[str, Any]) -> None:
    assert error_of(calling_as(ada).get(USAGE, **query), 400)["param"] in query


def test_many_rows_cost_few_queries(
    ada: User, made: tuple[ApiKey, str], django_assert_max_num_queries: Any
) -> None:
    key, token = made
    for _ in range(20):
        job_of(ada, key)
    with django_assert_max_num_queries(3):  # the key, that it was used, and the page
        assert len(Caller(token).get(USAGE).json()["logs"]) == 20
