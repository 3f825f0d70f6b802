"""What the sweeper does beside the jobs. An upper layer adds to `CHORES` what is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache


@dataclass(slots=True, kw_only=True)
class Chore:
    """`run` returns how many things it has done, 0 for nothing. every_seconds: 0 for each sweep."""

    name: str
    run: Callable[[], int]
    every_seconds: int = 0

    def run_when_due(self) -> int:
        """Do it, unless it was done a short time ago, by whichever process."""
        done = f"chore:{self.name.replace(' ', '-')}"
        if self.every_seconds and not cache.add(done, True, timeout=self.every_seconds):
            return 0
        return self.run()


CHORES: list[Chore] = []


def add(chore: Chore) -> None:
    """One of the same name takes the place of the other."""
    CHORES[:] = [other for other in CHORES if other.name != chore.name] + [chore]
