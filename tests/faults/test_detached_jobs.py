"""SIGKILL to each process while it works for a client that does not wait: the job is done all the
same, once, and paid for once."""

from __future__ import annotations

import time
import wave
from io import BytesIO
from typing import Any

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.doubles import SLOW_SECONDS
from tests.faults.conftest import CREDIT_MICROS, TEXT, grown_up_only
from tests.harness.account import Account
from tests.harness.server import Server

pytestmark = pytest.mark.thorough

PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
WHOLE = cost_micros(int(1000 * SLOW_SECONDS), PRICE)
RECOVERY_SECONDS = 60
"""A lease, a sweep, a restart and the work once more, on a busy machine."""


def started(account: Account, voice: str = "slow") -> int:
    """The public id of a job that takes some seconds."""
    body = {"input_text": TEXT, "audio_format": "wav"}
    with account.http() as client:
        answer = client.post(f"/voice/voices/{voice}/generate", json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["job_id"])


def status(account: Account, number: int) -> dict[str, Any]:
    with account.http() as client:
        answer = client.get(f"/voice/tts-jobs/{number}/status")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def require_whole(shaky: Server, customer: Account, number: int) -> None:
    """The job has succeeded, was charged once, and its file is whole."""
    job = shaky.wait_for_job(customer, "succeeded", "failed", seconds=RECOVERY_SECONDS)
    assert (job["status"], job["cost_micros"]) == ("succeeded", WHOLE), job["error_message"]
    assert customer.settled_balance() == CREDIT_MICROS - WHOLE
    told = status(customer, number)
    assert (told["status"], told["progress"]) == ("completed", 100)
    file = httpx.get(told["output_url"], timeout=10, verify=False)
    with wave.open(BytesIO(file.content)) as opened:
        assert opened.getnframes() / opened.getframerate() == pytest.approx(SLOW_SECONDS)


@grown_up_only
def test_a_killed_worker(shaky: Server, customer: Account) -> None:
    worker = shaky.worker
    assert worker is not None
    number = started(customer)
    shaky.wait_for_job(customer, "running")
    time.sleep(1.0)

    worker.kill()
    worker.start()

    require_whole(shaky, customer, number)
    job = shaky.last_job(customer)
    assert job is not None
    assert job["attempt"] == 2, "its second worker did the work"


@grown_up_only
def test_a_job_that_kills_every_worker_is_given_up(shaky: Server, customer: Account) -> None:
    worker = shaky.worker
    assert worker is not None
    number = started(customer, "crash")
    for _ in range(2):
        deadline = time.monotonic() + RECOVERY_SECONDS
        while worker.running and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not worker.running
        worker.stop()
        worker.start()

    job = shaky.wait_for_job(customer, "failed", seconds=RECOVERY_SECONDS)

    assert (job["attempt"], job["cost_micros"]) == (2, 0)
    assert status(customer, number)["status"] == "failed"
    assert customer.settled_balance() == CREDIT_MICROS


@grown_up_only
def test_a_killed_web_process(shaky: Server, customer: Account) -> None:
    number = started(customer)
    shaky.wait_for_job(customer, "running")

    shaky.web.kill_alone()
    shaky.web.start()
    shaky.wait_ready()

    require_whole(shaky, customer, number)
    job = shaky.last_job(customer)
    assert job is not None
    assert job["attempt"] == 1, "its worker went on"


def test_the_whole_installation_killed_and_started_again(shaky: Server, customer: Account) -> None:
    number = started(customer)
    shaky.wait_for_job(customer, "running")
    time.sleep(1.0)

    for program in filter(None, (shaky.web, shaky.worker)):
        program.kill()
    shaky.start()

    require_whole(shaky, customer, number)


def test_a_job_that_was_queued_when_all_was_killed(shaky: Server, customer: Account) -> None:
    """One lane works at one job at a time: the second one waits."""
    first, second = started(customer), started(customer)
    for program in filter(None, (shaky.web, shaky.worker)):
        program.kill()
    shaky.start()

    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        told = [status(customer, number)["status"] for number in (first, second)]
        if told == ["completed", "completed"]:
            break
        time.sleep(0.5)
    assert told == ["completed", "completed"]
    assert customer.settled_balance() == CREDIT_MICROS - 2 * WHOLE


def test_a_cancelled_job_stays_free_through_a_restart(shaky: Server, customer: Account) -> None:
    number = started(customer)
    shaky.wait_for_job(customer, "running")
    with customer.http() as client:
        answer = client.post(f"/jobs/{number}/cancel")
    assert answer.json()["status"] == "FAILED"

    for program in filter(None, (shaky.web, shaky.worker)):
        program.kill()
    shaky.start()

    assert status(customer, number)["error_message"] == "Cancelled."
    assert customer.settled_balance() == CREDIT_MICROS
