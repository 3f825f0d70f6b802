"""Who may not spend is told why, for OpenAI's clients and for AudioPod's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from audiopod.common.problem import Problem
from audiopod.errors import problem_of
from audiopod.native import natively
from wallet.services import BudgetExceeded, InsufficientBalance, SpendingFrozen

SPEECH = "/api/v1/audio/speech"
CHECK = "/api/v1/api-wallet/check-balance"


def over(budget: str, resets_at: datetime | None = None, **micros: int) -> BudgetExceeded:
    amounts = {"limit_micros": 5_000_000, "left_micros": 129_999, "required_micros": 500_001}
    return BudgetExceeded(budget=budget, resets_at=resets_at, **amounts | micros)


UNPAID = [
    InsufficientBalance(required_micros=500_001, available_micros=259_999),
    InsufficientBalance(required_micros=1, available_micros=0, debt_micros=5),
    over("daily", datetime(2026, 11, 24, tzinfo=UTC)),
    SpendingFrozen(),
]


@pytest.mark.parametrize("error", UNPAID, ids=lambda e: type(e).__name__)
def test_openais_clients_get_429_and_are_told_not_to_try_again(error: Exception) -> None:
    problem = natively(problem_of(error), SPEECH)
    body = problem.body()
    assert (problem.status, problem.type) == (429, "insufficient_quota")
    assert problem.headers == {"x-should-retry": "false"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["message"] == body["error"]["message"]


@pytest.mark.parametrize("error", UNPAID, ids=lambda e: type(e).__name__)
def test_audiopods_client_gets_402_and_the_bare_code(error: Exception) -> None:
    problem = natively(problem_of(error), CHECK)
    body = problem.body()
    assert problem.status == 402
    assert body["error"] in {"insufficient_api_balance", "budget_exceeded"}
    assert body["message"] == problem_of(error).message


@pytest.mark.parametrize(
    ("budget", "whose"),
    [
        ("daily", "The daily budget of this account"),
        ("monthly", "The monthly budget of this API key"),
        ("total", "The total budget of this API key"),
    ],
)
def test_a_budget_says_which_it_is_what_is_left_and_when_it_resets(budget: str, whose: str) -> None:
    problem = problem_of(over(budget, datetime(2026, 12, 1, tzinfo=UTC)))
    body: dict[str, Any] = problem.body()
    assert problem.code == "budget_exceeded"
    assert problem.message == (
        f"{whose} does not cover this request. Limit: $5.00, left: $0.129999,"
        " required: $0.500001. It resets at 2026-12-01 00:00 UTC."
    )
    assert (body["required_cents"], body["available_cents"]) == (51, 12)


def test_a_budget_that_does_not_reset_says_so() -> None:
    message = problem_of(over("total")).message
    assert "It does not reset: use another API key, or make one at" in message
    assert message.endswith("/dashboard/keys/.")


def test_a_customer_is_sent_to_where_money_comes_from(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://audio.example"
    short = UNPAID[0]
    settings.STRIPE_SECRET_KEY = ""
    assert problem_of(short).message.endswith(
        "Required: $0.51, Available: $0.25. Ask the operator of this server for credit."
    )
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    assert problem_of(short).message.endswith(" Top up at https://audio.example/dashboard/wallet/.")


def test_a_debt_is_named() -> None:
    assert "The account owes $0.01 for payments" in problem_of(UNPAID[1]).message


def test_who_is_frozen_is_told_of_the_dispute_and_not_of_money() -> None:
    problem = problem_of(SpendingFrozen())
    assert problem.code == "insufficient_quota"
    assert "disputed" in problem.message
    assert "Required" not in problem.message


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/voice/voices", CHECK])
def test_every_other_refusal_keeps_its_shape_and_says_its_message_twice(path: str) -> None:
    problem = natively(Problem("No.", status=404, extra={"id": 7}), path)
    body = problem.body()
    assert (problem.status, body["error"]["message"]) == (404, "No.")
    assert (body["message"], body["id"]) == ("No.", 7)


def test_an_address_that_is_none_is_told_the_same_way() -> None:
    body = Client().get("/api/v1/auth/nothing").json()
    assert body["message"] == body["error"]["message"] == "Invalid URL (GET /api/v1/auth/nothing)"


@pytest.mark.parametrize("path", [SPEECH, "/api/v1/models", "/api/v1/models/tts-1", "/api"])
def test_elsewhere_nothing_is_added(path: str) -> None:
    assert set(natively(Problem("No."), path).body()) == {"error"}
