"""SIGKILL to a worker in the middle of a conversion: it is done all the same, and paid once."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.audio_api.services.conversion.conftest import tone
from tests.faults.conftest import CREDIT_MICROS, grown_up_only
from tests.faults.test_detached_jobs import RECOVERY_SECONDS
from tests.harness.account import Account
from tests.harness.server import Server

pytestmark = pytest.mark.thorough

PRICE = 10_000
SECONDS = 600
"""Of a recording that takes some seconds to convert."""
WHOLE = cost_micros(SECONDS * 1000, PRICE)


def started(account: Account) -> int:
    with account.http() as client:
        answer = client.post(
            "/media-converter/convert",
            data={"output_format": "mp3"},
            files={"file": ("talk.wav", tone(SECONDS))},
            timeout=60,
        )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["job_id"])


def told(account: Account, number: int) -> dict[str, Any]:
    with account.http() as client:
        answer = client.get(f"/media-converter/jobs/{number}")
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def require_progress(account: Account, number: int) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        if told(account, number)["progress"] > 0:
            return
        time.sleep(0.2)
    raise AssertionError("nothing was converted")


@grown_up_only
def test_a_worker_that_is_killed_while_it_converts(shaky: Server, customer: Account) -> None:
    worker = shaky.worker
    assert worker is not None
    number = started(customer)
    require_progress(customer, number)

    worker.kill()
    worker.start()

    job = shaky.wait_for_job(customer, "succeeded", "failed", seconds=RECOVERY_SECONDS)
    assert (job["status"], job["cost_micros"]) == ("succeeded", WHOLE), job["error_message"]
    assert job["attempt"] == 2
    assert customer.settled_balance() == CREDIT_MICROS - WHOLE
    file = httpx.get(told(customer, number)["download_url"], timeout=30, verify=False)
    assert len(file.content) == told(customer, number)["file_size"]


def test_a_conversion_that_is_cancelled_while_it_runs(shaky: Server, customer: Account) -> None:
    number = started(customer)
    require_progress(customer, number)
    with customer.http() as client:
        assert client.post(f"/media-converter/jobs/{number}/cancel").status_code == 200
    assert told(customer, number)["error_message"] == "Cancelled."
    assert customer.settled_balance() == CREDIT_MICROS
    assert told(customer, number)["output_url"] is None
