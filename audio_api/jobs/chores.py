"""What the sweeper does beside the jobs. An upper layer adds to `CHORES` what is its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Chore:
    """`run` returns how many things it has done, 0 for nothing. every_seconds: 0 for each sweep."""

    name: str
    run: Callable[[], int]
    every_seconds: int = 0
    _due: float = field(default=0.0, init=False)

    def run_when_due(self) -> int:
        """Do it, unless it was done a short time ago in this process."""
        now = time.monotonic()
        if now < self._due:
            return 0
        self._due = now + self.every_seconds
        return self.run()


CHORES: list[Chore] = []


def add(chore: Chore) -> None:
    """One of the same name takes the place of the other."""
    CHORES[:] = [other for other in CHORES if other.name != chore.name] + [chore]
