"""What the model keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

OVER = {"won", "lost", "warning_closed", "prevented"}
"""Of a dispute: it stays so."""
OFF = {"failed", "canceled"}
"""Of a refund: nothing was given back."""
MICROS_PER_CENT = 10_000


@dataclass
class Hold:
    owner: str
    key: str | None
    amount: int
    made: datetime
    until: datetime
    state: str = "open"
    settled: int = 0

    @property
    def held(self) -> int:
        return self.amount if self.state == "open" else 0

    def counts_in(self) -> Iterator[tuple[str, str]]:
        """Whose budget, of which period."""
        yield self.owner, f"{self.made:%Y-%m-%d}"
        if self.key:
            yield self.key, f"{self.made:%Y-%m}"
            yield self.key, "total"


@dataclass
class Topup:
    owner: str
    cents: int
    status: str = "created"
    intent: str | None = None
    paid_cents: int = 0

    def share(self, cents: int) -> int:
        """Micro-dollars of credit that so many cents of the payment have bought."""
        return self.cents * MICROS_PER_CENT * cents // self.paid_cents


@dataclass
class Refund:
    topup: str
    cents: int
    status: str
    taken: int = 0


@dataclass
class Dispute:
    topup: str
    status: str
    cents: int
    withdrawn: bool = False
    reinstated: bool = False
    taken: int = 0

    @property
    def is_out(self) -> bool:
        """The bank has the money."""
        return self.withdrawn and not self.reinstated

    @property
    def freezes(self) -> bool:
        if self.status == "lost":
            return not self.withdrawn
        return self.status not in OVER and not self.status.startswith("warning_")


@dataclass
class Code:
    micros: int
    times: int | None
    users: set[str] = field(default_factory=set)
