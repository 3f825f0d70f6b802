"""Bars for days, measured on the server: the template only writes numbers down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from audiopod.common import money
from dashboard.usage.sums import Used

BAR, GAP, HEIGHT = 10, 3, 100
"""Units of the drawing, which is stretched to the width of its place."""
EXACT_BELOW_MICROS = money.MICROS_PER_USD // 10
LEAST = 2
"""The least height of a day that has anything, so that it is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    day: date
    used: Used
    x: int
    y: int
    height: int
    failed_y: int = 0
    failed_height: int = 0
    """The part of the bar, from below, of requests that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`shows` is "cost" or "requests"; `most` is what the highest bar stands for."""

    shows: str
    bars: list[Bar]
    most: int
    bar_width: int = BAR
    height: int = HEIGHT

    @property
    def width(self) -> int:
        return max(1, len(self.bars) * (BAR + GAP) - GAP)

    @property
    def most_in_words(self) -> str:
        """To the cent, where there are cents enough."""
        if self.shows == "requests":
            return f"{self.most:,}"
        return (
            money.usd(self.most) if self.most >= EXACT_BELOW_MICROS else money.usd_exact(self.most)
        )

    @property
    def first(self) -> date:
        return self.bars[0].day

    @property
    def last(self) -> date:
        return self.bars[-1].day

    @property
    def busy(self) -> list[Bar]:
        """The days with a request, the newest first, for the table."""
        return [bar for bar in reversed(self.bars) if bar.used.requests]


def draw(days: Iterable[tuple[date, Used]], *, shows: str = "cost") -> Chart:
    """A bar for each day. There must be one day at least."""
    told = list(days)
    values = [_value(used, shows) for _, used in told]
    most = max(values)
    bars = [
        _bar(place, day, used, value, most, shows)
        for place, ((day, used), value) in enumerate(zip(told, values, strict=True))
    ]
    return Chart(shows=shows, bars=bars, most=most)


def _bar(place: int, day: date, used: Used, value: int, most: int, shows: str) -> Bar:
    height = _height(value, most)
    failed = _height(used.failed, most) if shows == "requests" else 0
    return Bar(
        day=day,
        used=used,
        x=place * (BAR + GAP),
        y=HEIGHT - height,
        height=height,
        failed_y=HEIGHT - failed,
        failed_height=failed,
    )


def _height(value: int, most: int) -> int:
    return max(LEAST, HEIGHT * value // most) if value else 0


def _value(used: Used, shows: str) -> int:
    return used.requests if shows == "requests" else used.cost_micros
