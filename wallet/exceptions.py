"""Why the wallet refuses."""

from __future__ import annotations

import uuid
from datetime import datetime

from audiopod.common import money


class InsufficientBalance(Exception):
    """The account has less available than is needed. Nothing was held or booked."""

    def __init__(
        self, *, required_micros: int, available_micros: int, debt_micros: int = 0
    ) -> None:
        owed = f", Owed: {money.usd_exact(debt_micros)}" if debt_micros else ""
        super().__init__(
            f"Insufficient API wallet balance. Required: {money.usd_exact(required_micros)},"
            f" Available: {money.usd_exact(available_micros)}{owed}"
        )
        self.required_micros = required_micros
        self.available_micros = available_micros
        self.debt_micros = debt_micros
        """Owed for payments that went back after they were spent: the next credit pays it."""


class SpendingFrozen(Exception):
    """A payment of the account is disputed: nothing is spent until that is over."""

    def __init__(self) -> None:
        super().__init__(
            "Spending is paused while one of your payments is disputed with your bank."
        )


class BudgetExceeded(Exception):
    """A budget has less left than is needed. Nothing was held."""

    def __init__(
        self,
        *,
        budget: str,
        limit_micros: int,
        left_micros: int,
        required_micros: int,
        resets_at: datetime | None,
    ) -> None:
        super().__init__(
            f"The {budget} budget of {money.usd_exact(limit_micros)} has"
            f" {money.usd_exact(left_micros)} left, and {money.usd_exact(required_micros)}"
            " is needed."
        )
        self.budget = budget
        """"daily" of the account, "monthly" or "total" of the key."""
        self.limit_micros = limit_micros
        self.left_micros = left_micros
        self.required_micros = required_micros
        self.resets_at = resets_at
        """When the next period begins, in UTC; None: never."""


class PromoRefused(Exception):
    """A promo code gives this account nothing; the message says why."""


class PaymentConflict(Exception):
    """What Stripe says of a payment does not fit what we know of it. Nothing was booked."""


class HoldConflict(Exception):
    """The job already has a hold, with another amount or of another account."""

    def __init__(self, job_id: uuid.UUID) -> None:
        super().__init__(f"Job {job_id} already has another hold: use a new job id.")
        self.job_id = job_id


class HoldClosed(Exception):
    """The hold has ended in another way already: see `state`."""

    def __init__(self, job_id: uuid.UUID, state: str) -> None:
        super().__init__(f"The hold of job {job_id} is already {state}.")
        self.job_id = job_id
        self.state = state


class IdempotencyConflict(Exception):
    """The idempotency key was used before for another account, amount or reason."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency key {key!r} was used for another booking: use a new one.")
        self.key = key
