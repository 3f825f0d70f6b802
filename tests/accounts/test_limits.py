"""How often a key may be used: counted by one process or by many, and never a reason to fail."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerSecond
from prometheus_client import REGISTRY
from pytest_django import Settings

from accounts import limits
from accounts.models import ApiKey, User
from tests.harness.programs import wait_until
from tests.harness.redis import Redis
from tests.minutes import begin_well_before_the_next

BLINK_SECONDS = 2


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "redis"])
def anywhere(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Both places where requests may be counted."""
    begin_well_before_the_next()
    settings.REDIS_URL = ""
    if request.param == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_server").url


def unsaved_key(**fields: int | None) -> ApiKey:
    return ApiKey(pk=uuid.uuid4().int % 10**9, **fields)


def granted(key: ApiKey) -> bool:
    allowance = limits.take_request(key)
    assert allowance is not None
    return allowance.granted


@pytest.mark.usefixtures("anywhere")
def test_a_key_has_so_many_requests_and_no_more() -> None:
    key, other = unsaved_key(requests_per_minute=3), unsaved_key(requests_per_minute=3)
    assert [granted(key) for _ in range(5)] == [True, True, True, False, False]
    assert granted(other), "keys are counted apart"


@pytest.mark.usefixtures("anywhere")
def test_a_playground_has_so_many_runs_whatever_the_account_s_keys_do(settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 2
    ada, eve = (User(pk=uuid.uuid4().int % 10**9) for _ in range(2))
    assert granted(ApiKey(pk=ada.pk))
    allowances = [limits.take_playground_run(user) for user in (ada, ada, ada, eve)]
    assert [a.granted for a in allowances if a] == [True, True, False, True]


def test_headers_say_what_is_left() -> None:
    key = unsaved_key(requests_per_minute=2)
    seen = [limits.take_request(key) for _ in range(3)]
    assert [a and (a.limit, a.remaining) for a in seen] == [(2, 1), (2, 0), (2, 0)]
    assert all(a and 0 < a.reset_seconds <= 60 for a in seen)


@pytest.mark.usefixtures("anywhere")
def test_the_time_to_wait_is_not_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """With minutes of two seconds: a client that waits as long as asked is always served."""
    monkeypatch.setattr(
        limits, "RateLimitItemPerMinute", lambda n: RateLimitItemPerSecond(n, BLINK_SECONDS)
    )
    key = unsaved_key(requests_per_minute=3)
    for _ in range(3):
        while (allowance := limits.take_request(key)) is not None and allowance.granted:
            pass
        assert allowance is not None
        time.sleep(allowance.retry_seconds)
        assert granted(key)


@pytest.mark.parametrize(
    ("own", "everybody_s", "limit"), [(None, 7, 7), (5, 7, 5), (0, 7, None), (None, 0, None)]
)
def test_a_key_s_own_limit_goes_before_the_server_s(
    settings: Settings, own: int | None, everybody_s: int, limit: int | None
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = everybody_s
    allowance = limits.take_request(unsaved_key(requests_per_minute=own))
    assert (allowance and allowance.limit) == limit


def test_processes_count_together(settings: Settings, redis_server: Redis) -> None:
    settings.REDIS_URL = redis_server.url
    key = unsaved_key(requests_per_minute=2)
    assert granted(key)
    limits._limiter.cache_clear()  # as another process would begin
    assert granted(key)
    limits._limiter.cache_clear()
    assert not granted(key)


# --- when it can't be counted -------------------------------------------------------------------
def uncounted() -> float:
    return REGISTRY.get_sample_value("audiopod_limiter_failures_total") or 0.0


def test_without_redis_requests_pass_and_are_counted_as_uncounted(
    settings: Settings, tmp_path: Path
) -> None:
    redis = Redis(tmp_path)
    settings.REDIS_URL = redis.url
    redis.start()
    key, before = unsaved_key(requests_per_minute=1), uncounted()
    assert granted(key)
    redis.kill()
    assert limits.take_request(key) is None
    assert uncounted() == before + 1
    redis.start()
    wait_until(lambda: limits.take_request(key), seconds=5, what="it counts again")
    redis.stop()


def test_a_redis_that_hangs_does_not_delay_requests(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        assert limits.take_request(unsaved_key(requests_per_minute=1)) is None
        assert time.monotonic() - began < limits.REDIS_SECONDS * 4


# --- in words -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.0199, "20ms"),
        (0.9999, "1s"),
        (1.2, "1.2s"),
        (59.9994, "1m0s"),
        (90.5, "1m30.5s"),
    ],
)
def test_durations_are_written_as_openai_does(seconds: float, text: str) -> None:
    assert limits.as_duration(seconds) == text


def test_a_refusal_says_all_that_a_client_needs() -> None:
    allowance = limits.Allowance(granted=False, limit=3, remaining=0, reset_seconds=19.3)
    problem = limits.rate_limit_reached(allowance)
    assert (problem.status, problem.type, problem.code, problem.param) == (
        429,
        "requests",
        "rate_limit_exceeded",
        None,
    )
    assert "Limit: 3 / min. Please try again in 20s." in problem.message
    assert problem.headers["Retry-After"] == "20"
    assert problem.headers["x-ratelimit-reset-requests"] == "19.3s"


def test_retry_after_is_never_longer_than_clients_wait() -> None:
    allowance = limits.Allowance(granted=False, limit=1, remaining=0, reset_seconds=60.0)
    assert allowance.retry_seconds == limits.MAX_RETRY_SECONDS
