"""What a check of the audit finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Breach:
    """A rule that does not hold, of what, and the numbers that show it."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.detail}"


Check = Callable[[User | None], Iterable[Breach]]
"""Yields the breaches of one rule, of one account or, given None, of all."""
