"""SIGKILL to each process in the middle of its work: every hold is freed, the wallet is whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.conftest import MakeServer
from tests.doubles import SLOW_SECONDS
from tests.faults.conftest import (
    CREDIT_MICROS,
    FAULT_ENV,
    both_modes,
    grown_up_only,
    speak,
    speech_stream,
)
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
RECOVERY_SECONDS = 60
"""A lease, a sweep, a restart and the work once more, on a busy machine."""


@pytest.fixture
def line() -> Iterator[ThreadPoolExecutor]:
    """A thread in which a client waits for its answer."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def take_all(account: Account, voice: str) -> bytes:
    """The audio that arrived, whole or cut."""
    received = b""
    with suppress(httpx.HTTPError), speech_stream(account, voice) as answer:
        for piece in answer.iter_raw():
            received += piece
    return received


@pytest.mark.who_pays("its worker is killed before anything was sent")
@grown_up_only
def test_a_worker_killed_before_the_first_byte(
    shaky: Server, customer: Account, line: ThreadPoolExecutor
) -> None:
    worker = shaky.worker
    assert worker is not None
    waiting: Future[httpx.Response] = line.submit(speak, customer, "late")
    shaky.wait_for_job(customer, "running")

    worker.kill()
    worker.start()

    answer = waiting.result(RECOVERY_SECONDS)
    job = shaky.wait_for_job(customer, "succeeded", "failed")
    if answer.status_code == 200:
        assert job["attempt"] == 2, "its second worker did the work"
        assert job["cost_micros"] == cost_micros(1000, PRICE)
    else:
        assert answer.status_code in {500, 503}
        assert answer.json()["error"]["type"] == "server_error"
        assert job["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]


@pytest.mark.who_pays("it fails here")
@grown_up_only
def test_a_worker_killed_in_the_middle_of_a_stream(shaky: Server, customer: Account) -> None:
    worker = shaky.worker
    assert worker is not None
    with speech_stream(customer, "slow") as answer:
        pieces = answer.iter_raw()
        assert next(pieces)
        worker.kill()
        worker.start()
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)

    job = shaky.wait_for_job(customer, "failed", seconds=RECOVERY_SECONDS)
    assert job["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS


@pytest.mark.who_pays("its worker is killed before anything was sent")
@grown_up_only
def test_a_request_that_kills_every_worker_is_given_up(
    shaky: Server, customer: Account, line: ThreadPoolExecutor
) -> None:
    worker = shaky.worker
    assert worker is not None
    waiting: Future[httpx.Response] = line.submit(speak, customer, "crash")
    for _ in range(2):
        wait_until(lambda: not worker.running, seconds=RECOVERY_SECONDS, what="the worker died")
        worker.stop()
        worker.start()

    answer = waiting.result(RECOVERY_SECONDS)

    assert answer.status_code in {500, 503}, answer.text
    assert answer.json()["error"]["type"] == "server_error"
    assert shaky.wait_for_job(customer, "failed")["attempt"] == 2
    assert customer.settled_balance() == CREDIT_MICROS
    assert worker.running
    assert speak(customer, "tone").status_code == 200
    customer.settled_balance()


@pytest.mark.who_pays("the web server is killed in the middle of a speech")
@grown_up_only
@pytest.mark.parametrize("voice", ["late", pytest.param("slow", marks=pytest.mark.thorough)])
def test_a_web_process_killed_while_the_worker_works(
    shaky: Server, customer: Account, line: ThreadPoolExecutor, voice: str
) -> None:
    waiting: Future[bytes] = line.submit(take_all, customer, voice)
    shaky.wait_for_job(customer, "running")

    shaky.web.kill_alone()
    received = waiting.result(RECOVERY_SECONDS)
    shaky.web.start()
    shaky.wait_ready()

    job = shaky.wait_for_job(customer, "cancelled", "failed", "succeeded", seconds=RECOVERY_SECONDS)
    whole = cost_micros(int(1000 * SLOW_SECONDS), PRICE)
    assert 0 <= job["cost_micros"] < whole
    assert received or job["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]


@both_modes
@pytest.mark.parametrize("voice", ["slow", pytest.param("late", marks=pytest.mark.thorough)])
def test_the_whole_installation_killed_and_started_again(
    shaky: Server, customer: Account, line: ThreadPoolExecutor, voice: str
) -> None:
    waiting: Future[bytes] = line.submit(take_all, customer, voice)
    shaky.wait_for_job(customer, "running")

    for program in filter(None, (shaky.web, shaky.worker)):
        program.kill()
    received = waiting.result(RECOVERY_SECONDS)
    shaky.start()

    job = shaky.wait_for_job(customer, "cancelled", "failed", "succeeded", seconds=RECOVERY_SECONDS)
    whole = cost_micros(int(1000 * SLOW_SECONDS), PRICE)
    assert 0 <= job["cost_micros"] < whole
    assert received or job["cost_micros"] == 0
    assert customer.settled_balance() == CREDIT_MICROS - job["cost_micros"]
    assert speak(customer, "tone").status_code == 200
    customer.settled_balance()


@pytest.mark.thorough
def test_a_stream_is_cut_before_the_lease_of_its_worker_has_run_out(
    make_server: MakeServer,
) -> None:
    """The web process notices by itself: no sweeper comes by here."""
    unhurried = FAULT_ENV | {"JOB_LEASE_SECONDS": "12", "SWEEP_SECONDS": "3600"}
    with make_server("grown-up", env=unhurried) as server:
        account = server.account()
        assert server.worker is not None
        with speech_stream(account, "slow") as answer:
            pieces = answer.iter_raw()
            assert next(pieces)
            server.worker.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        job = server.last_job(account)
        assert job is not None
        assert job["status"] == "running", "nobody else has looked at it"
        server.worker.start()
