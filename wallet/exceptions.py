"""Why the wallet refuses."""

from __future__ import annotations

import uuid

from audiopod.common import money


class InsufficientBalance(Exception):
    """The account has less available than is needed. Nothing was held or booked."""

    def __init__(self, *, required_micros: int, available_micros: int) -> None:
        super().__init__(
            f"Insufficient API wallet balance. Required: {money.usd_exact(required_micros)},"
            f" Available: {money.usd_exact(available_micros)}"
        )
        self.required_micros = required_micros
        self.available_micros = available_micros


class HoldConflict(Exception):
    """The job already has a hold, with another amount or of another account."""

    def __init__(self, job_id: uuid.UUID) -> None:
        super().__init__(f"Job {job_id} already has another hold: use a new job id.")
        self.job_id = job_id


class HoldClosed(Exception):
    """The hold ended another way before: `state` tells which."""

    def __init__(self, job_id: uuid.UUID, state: str) -> None:
        super().__init__(f"The hold of job {job_id} is already {state}.")
        self.job_id = job_id
        self.state = state


class IdempotencyConflict(Exception):
    """The idempotency key was used before for another account, amount or reason."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency key {key!r} was used for another booking: use a new one.")
        self.key = key
