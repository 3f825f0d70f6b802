"""A key that makes a key hands on nothing that it does not have itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import KeyLimits
from tests.calling import Caller, calling_as, error_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def make(maker: Caller, **fields: object) -> Any:
    return maker.post("/auth/api-keys", {"name": "CI"} | fields)


def forbidden(answer: Any) -> str:
    error = error_of(answer, 403)
    assert error["code"] == "beyond_this_key"
    return str(error["message"])


@pytest.mark.parametrize("wanted", [["*"], ["transcribe", "wallet:topup"]])
def test_a_key_makes_none_with_more_scopes_than_it_has(ada: User, wanted: list[str]) -> None:
    maker = calling_as(ada, scopes=["keys:write", "transcribe"])
    assert make(maker, scopes=["transcribe"]).status_code == 201
    lacking = "*" if "*" in wanted else "wallet:topup"
    assert f"scopes {lacking}" in forbidden(make(maker, scopes=wanted))


@pytest.mark.parametrize("days", [None, 10, 3650])
def test_a_key_makes_none_that_outlives_it(ada: User, days: int | None) -> None:
    maker = calling_as(ada, expires_at=timezone.now() + timedelta(days=9, hours=12))
    assert make(maker, expires_in_days=9).status_code == 201
    assert "Send expires_in_days of at most 9." in forbidden(make(maker, expires_in_days=days))


def test_a_key_of_its_last_day_makes_none(ada: User) -> None:
    maker = calling_as(ada, expires_at=timezone.now() + timedelta(hours=23))
    assert "another key" in forbidden(make(maker, expires_in_days=1))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("monthly_limit_micros", "a monthly budget"),
        ("total_limit_micros", "a total budget"),
        ("requests_per_minute", "a rate limit of its own"),
        ("max_concurrent_jobs", "a limit of jobs of its own"),
    ],
)
@pytest.mark.parametrize("value", [0, 5])
def test_a_key_cannot_escape_its_own_limits(ada: User, limit: str, words: str, value: int) -> None:
    maker = calling_as(ada, limits=KeyLimits(**{limit: value}))
    message = forbidden(make(maker, monthly_limit_usd=0, requests_per_minute=1))
    assert words in message
    assert "escape" in message
    assert ApiKey.objects.count() == 1


NETWORKS = ["203.0.113.0/24", "127.0.0.0/8"]


@pytest.mark.parametrize("wanted", [[], ["0.0.0.0/0"], ["203.0.113.7", "198.51.100.1"], ["::1"]])
def test_a_key_makes_none_for_more_networks_than_it_has(ada: User, wanted: list[str]) -> None:
    maker = calling_as(ada, allowed_networks=NETWORKS)

    message = forbidden(make(maker, allowed_networks=wanted))

    assert "Send allowed_networks within 203.0.113.0/24, 127.0.0.0/8." in message
    made = make(maker, allowed_networks=["203.0.113.7"])
    assert made.json()["allowed_networks"] == ["203.0.113.7/32"]


def test_without_networks_a_key_has_those_of_its_maker(ada: User) -> None:
    maker = calling_as(ada, allowed_networks=NETWORKS)
    assert make(maker).json()["allowed_networks"] == NETWORKS
    assert make(maker, allowed_networks=None).json()["allowed_networks"] == NETWORKS
    assert make(calling_as(ada)).json()["allowed_networks"] == []
