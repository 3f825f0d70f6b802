"""Refusals as AudioPod's own clients read them, on the paths that OpenAI does not have.

They look for `message` beside `error`. Two refusals are spelt as AudioPod documents them, with
the bare code as `error`: want of money, which is 402 there, and an amount that is no top-up.
"""

from __future__ import annotations

from audiopod.common.problem import Problem
from audiopod.quota import INSUFFICIENT_QUOTA

PATHS = ("/api/v1/api-wallet/", "/api/v1/auth/", "/api/v1/voice/")
INSUFFICIENT_API_BALANCE = "insufficient_api_balance"


def natively(problem: Problem, path: str) -> Problem:
    """The problem as it is told on a path: as it is, but for AudioPod's own."""
    if not path.startswith(PATHS):
        return problem
    if problem.type == INSUFFICIENT_QUOTA:
        return _unpaid(problem)
    problem.extra = {"message": problem.message, **problem.extra}
    return problem


def _unpaid(problem: Problem) -> Problem:
    code = problem.code
    return Problem(
        problem.message,
        status=402,
        type=problem.type,
        code=INSUFFICIENT_API_BALANCE if code == INSUFFICIENT_QUOTA else code,
        extra=problem.extra,
        is_bare=True,
    )
