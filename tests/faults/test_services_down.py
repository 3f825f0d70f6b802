"""A service that we need is away: refused at once, with a word on when to come back."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.faults.conftest import CREDIT_MICROS, grown_up_only, speak
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

REFUSAL_SECONDS = 5.0


@pytest.mark.who_pays("it fails here")
@grown_up_only
def test_without_redis_nothing_is_held(shaky: Server, customer: Account) -> None:
    redis = shaky.redis
    assert redis is not None
    redis.kill()
    try:
        began = time.monotonic()
        answer = speak(customer, "tone")
        took_seconds = time.monotonic() - began
        ready = httpx.get(f"{shaky.url}/readyz", timeout=30)
        alive = httpx.get(f"{shaky.url}/healthz", timeout=30)
        held_micros = customer.held_micros()
    finally:
        redis.start()

    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["type"] == "server_error"
    assert int(answer.headers["retry-after"]) >= 1
    assert took_seconds < REFUSAL_SECONDS
    assert ready.status_code == 503
    assert alive.status_code == 200
    assert held_micros == 0
    assert customer.settled_balance() == CREDIT_MICROS

    def served_again() -> bool:
        return speak(customer, "tone").status_code == 200

    wait_until(served_again, seconds=60, what="speech works again, Redis being back")
    shaky.wait_ready()
    customer.settled_balance()
