"""What a client is told that may not spend: out of money, over a budget, or frozen.

Everywhere it is OpenAI's 429 `insufficient_quota`, which its clients are told not to repeat.
On AudioPod's own paths it becomes 402, which AudioPod's client raises as InsufficientBalanceError.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from audiopod.common.money import MICROS_PER_CENT, cents_up, usd_exact, usd_plain, whole_cents
from audiopod.common.problem import Problem
from wallet import gateway
from wallet.services import BudgetExceeded, InsufficientBalance, SpendingFrozen

INSUFFICIENT_QUOTA = "insufficient_quota"
BUDGET_EXCEEDED = "budget_exceeded"
WHOSE = {
    "daily": "daily budget of this account",
    "monthly": "monthly budget of this API key",
    "total": "total budget of this API key",
}
"""What the budgets of `BudgetExceeded` are called."""


def refusal(error: InsufficientBalance | BudgetExceeded | SpendingFrozen) -> Problem:
    match error:
        case InsufficientBalance():
            return _out_of_money(error)
        case BudgetExceeded():
            return _over_budget(error)
        case SpendingFrozen():
            return _unpaid(f"{error} Requests are paid again as soon as that is settled.")


def _out_of_money(error: InsufficientBalance) -> Problem:
    required, available = cents_up(error.required_micros), whole_cents(error.available_micros)
    message = (
        "Insufficient API wallet balance."
        f" Required: {_usd(required)}, Available: {_usd(available)}."
    )
    if error.debt_micros:
        owed = _usd(cents_up(error.debt_micros))
        message += (
            f" The account owes {owed} for payments that went back after they were spent:"
            " the next top-up pays that first."
        )
    if gateway.is_configured():
        message += f" Top up at {settings.PUBLIC_URL}/dashboard/wallet/."
    else:
        message += " Ask the operator of this server for credit."
    return _unpaid(message, required_cents=required, available_cents=available)


def _over_budget(error: BudgetExceeded) -> Problem:
    message = (
        f"The {WHOSE[error.budget]} does not cover this request."
        f" Limit: {usd_exact(error.limit_micros)}, left: {usd_exact(error.left_micros)},"
        f" required: {usd_exact(error.required_micros)}."
    )
    if error.resets_at is None:
        message += (
            " It does not reset: use another API key, or make one at"
            f" {settings.PUBLIC_URL}/dashboard/keys/."
        )
    else:
        message += f" It resets at {error.resets_at:%Y-%m-%d %H:%M} UTC."
    return _unpaid(
        message,
        code=BUDGET_EXCEEDED,
        required_cents=cents_up(error.required_micros),
        available_cents=whole_cents(error.left_micros),
    )


def _unpaid(message: str, *, code: str = INSUFFICIENT_QUOTA, **cents: Any) -> Problem:
    return Problem(
        message,
        status=429,
        type=INSUFFICIENT_QUOTA,
        code=code,
        headers={"x-should-retry": "false"},
        extra={"message": message, **cents},
    )


def _usd(cents: int) -> str:
    return usd_plain(cents * MICROS_PER_CENT)
