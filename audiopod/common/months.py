"""Calendar months in UTC: what statements and budgets are counted by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_MONTH = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """One month of one year; `str()` of it is "2026-11"."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month of "2026-11". Raises ValueError for anything else."""
        found = _MONTH.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a month, such as 2026-11.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month that a moment lies in."""
        there = moment.astimezone(UTC)
        return cls(there.year, there.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.next.start

    @property
    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


def months_back(*, until: datetime, since: datetime) -> Iterator[Month]:
    """The months from that of `until` back to that of `since`, the newest first."""
    month, first = Month.of(until), Month.of(since)
    while month >= first:
        yield month
        month = month.previous
