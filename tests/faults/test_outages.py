"""Redis or PostgreSQL away for a moment, in the middle of work: nobody hangs, nothing fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import redis

from audiopod.common.money import cost_micros
from tests.doubles import LATE_SECONDS, SLOW_SECONDS
from tests.faults.conftest import (
    CREDIT_MICROS,
    FAULT_ENV,
    PCM_BYTES_PER_MS,
    grown_up_only,
    speak,
    speech_stream,
)
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

pytestmark = grown_up_only

PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
WHOLE_BYTES = int(1000 * SLOW_SECONDS) * PCM_BYTES_PER_MS
PATIENCE_SECONDS = 60
"""Of a client here: half of what a queue may hold a request back."""
AT_ONCE = 8


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


def restart_redis(shaky: Server, *, away_seconds: float) -> None:
    assert shaky.redis is not None
    shaky.redis.kill()
    time.sleep(away_seconds)
    shaky.redis.start()


@contextmanager
def no_database(shaky: Server) -> Iterator[None]:
    """The database of this server takes no connections, and ends those that there are."""
    address = urlsplit(shaky.database_url)
    name = address.path.strip("/")
    others = address._replace(path="/postgres").geturl()
    with psycopg.connect(others, autocommit=True) as staff:
        staff.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[call-overload]
        try:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            staff.execute(ended, [name])
            yield
        finally:
            staff.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[call-overload]


def test_work_that_ends_while_redis_is_away_is_heard_of(
    shaky: Server, customer: Account, clients: ThreadPoolExecutor
) -> None:
    waiting: Future[httpx.Response] = clients.submit(speak, customer, "late")
    shaky.wait_for_job(customer, "running")
    time.sleep(LATE_SECONDS / 2)

    restart_redis(shaky, away_seconds=LATE_SECONDS)

    answer = waiting.result(PATIENCE_SECONDS)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == 1000 * PCM_BYTES_PER_MS
    assert shaky.wait_for_job(customer, "succeeded")["attempt"] == 1
    assert customer.settled_balance() == CREDIT_MICROS - cost_micros(1000, PRICE)


@pytest.mark.thorough
def test_a_stream_goes_on_when_redis_is_back(shaky: Server, customer: Account) -> None:
    """Unless a piece was lost with it: then the stream is cut, costs nothing, and says so."""
    received = b""
    whole = cost_micros(int(1000 * SLOW_SECONDS), PRICE)
    with speech_stream(customer, "slow") as answer:
        try:
            for piece in answer.iter_raw():
                if not received:
                    restart_redis(shaky, away_seconds=1.0)
                received += piece
        except httpx.RemoteProtocolError:
            whole = 0
    job = shaky.wait_for_job(customer, "succeeded", "cancelled", "failed")
    assert (len(received) == WHOLE_BYTES) == (job["status"] == "succeeded") == bool(whole)
    assert customer.settled_balance() == CREDIT_MICROS - whole


@pytest.mark.thorough
def test_a_crowd_meets_no_connection_that_died_with_redis(
    shaky: Server, customer: Account, clients: ThreadPoolExecutor
) -> None:
    def crowd() -> list[int]:
        asked = [clients.submit(speak, customer, "tone") for _ in range(AT_ONCE)]
        return [answer.result(PATIENCE_SECONDS).status_code for answer in asked]

    assert crowd() == [200] * AT_ONCE
    restart_redis(shaky, away_seconds=1.0)
    assert crowd() == [200] * AT_ONCE
    customer.settled_balance()


def test_queued_jobs_outlive_a_redis_that_forgets_everything(
    shaky: Server, customer: Account, clients: ThreadPoolExecutor
) -> None:
    assert shaky.redis is not None
    waiting = [clients.submit(speak, customer, "late") for _ in range(AT_ONCE)]
    shaky.wait_for_job(customer, "queued")

    with redis.Redis.from_url(shaky.redis.url) as client:
        client.delete("ap:interactive", "ap:interactive.msgs")

    answers = [answer.result(PATIENCE_SECONDS) for answer in waiting]
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    customer.settled_balance()


@pytest.mark.thorough
def test_a_job_whose_claim_met_no_database_is_done_when_it_is_back(
    shaky: Server, customer: Account, clients: ThreadPoolExecutor
) -> None:
    """The worker has long given its message up by then."""
    worker = shaky.worker
    assert worker is not None
    worker.stop()
    waiting: Future[httpx.Response] = clients.submit(speak, customer, "tone")
    shaky.wait_for_job(customer, "queued")

    with no_database(shaky):
        worker.start()
        given_up = "Failed to process message run_interactive"
        wait_until(lambda: given_up in worker.said(), seconds=90, what="it has tried for long")

    answer = waiting.result(PATIENCE_SECONDS)
    assert answer.status_code == 200, answer.text
    customer.settled_balance()


@pytest.mark.thorough
def test_work_outlives_a_database_that_is_away_for_longer_than_a_lease(
    shaky: Server, customer: Account, clients: ThreadPoolExecutor
) -> None:
    waiting: Future[httpx.Response] = clients.submit(speak, customer, "hang")
    shaky.wait_for_job(customer, "running")

    with no_database(shaky):
        time.sleep(2 * int(FAULT_ENV["JOB_LEASE_SECONDS"]))

    assert waiting.result(PATIENCE_SECONDS).status_code == 200
    job = shaky.wait_for_job(customer, "succeeded")
    assert job["attempt"] == 1, "its worker went on"
