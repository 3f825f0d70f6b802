"""The usage of an account, added up from its days, for a million jobs as fast as for a few."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.keys.choosing import PLAYGROUND
from audio_api import registry
from audio_api.models import UsageDay
from dashboard.usage.filters import UsageFilters

GROUPS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Requests that are over, what they made and cost. `taken_ms`: from request to end, summed."""

    requests: int = 0
    failed: int = 0
    cancelled: int = 0
    audio_ms: int = 0
    cost_micros: int = 0
    taken_ms: int = 0

    def __add__(self, other: Used) -> Used:
        return _used(map(operator.add, astuple(self), astuple(other)))

    def __sub__(self, other: Used) -> Used:
        return _used(map(operator.sub, astuple(self), astuple(other)))

    @property
    def audio_minutes(self) -> float:
        return self.audio_ms / 60_000

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.requests if self.requests else 0.0

    @property
    def mean_seconds(self) -> float | None:
        """From request to end; None when there was no request."""
        return self.taken_ms / self.requests / 1000 if self.requests else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The usage of one key, endpoint or voice. `query`: the filter that shows it alone."""

    name: str
    used: Used
    query: dict[str, str]
    detail: str = ""
    day: date | None = None


def total(groups: Iterable[Used]) -> Used:
    return sum(groups, Used())


def by_day(asked: UsageFilters) -> dict[date, Used]:
    """Every day that was asked about in its order, those without a request too."""
    found = {row[0]: used for row, used in _grouped(asked.days(), "day")}
    length = (asked.last - asked.first).days + 1
    days = (asked.first + timedelta(days=n) for n in range(length))
    return {day: found.get(day, Used()) for day in days}


def used_between(days: QuerySet[UsageDay]) -> Used:
    """The sum of some days."""
    sums = days.order_by().aggregate(**_SUMS)
    return _used([sums[name] or 0 for name in _SUMS])


def groups(asked: UsageFilters, by: str) -> Iterator[Group]:
    """By "key", "endpoint" or "voice", what cost most first."""
    columns, of_row = _WAYS[by]
    ordered = _grouped(asked.days(), *columns, order=("-sum_cost_micros", "-sum_requests"))
    return (of_row(row, used) for row, used in ordered)


def _grouped(
    days: QuerySet[UsageDay], *columns: str, order: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Used]]:
    rows = days.values_list(*columns).annotate(**_SUMS).order_by(*order, columns[0])
    cut = len(columns)
    return ((row[:cut], _used(row[cut:])) for row in rows.iterator())


def _used(values: Iterable[int]) -> Used:
    return Used(**dict(zip(UsageDay.COUNTED, values, strict=True)))


def _of_key(row: tuple[Any, ...], used: Used) -> Group:
    public_id, name, first, last = row
    if public_id is None:
        return Group(name=_("Playground"), used=used, query={"key": PLAYGROUND})
    return Group(name=name, detail=f"{first}…{last}", used=used, query={"key": str(public_id)})


def _of_endpoint(row: tuple[Any, ...], used: Used) -> Group:
    [kind] = row
    return Group(name=capfirst(str(registry.get(kind).label)), used=used, query={"endpoint": kind})


def _of_voice(row: tuple[Any, ...], used: Used) -> Group:
    [voice] = row
    name, query = voice or _("No voice"), {"voice": voice} if voice else {}
    return Group(name=name, used=used, query=query)


_SUMS = {f"sum_{name}": Sum(name) for name in UsageDay.COUNTED}
_KEY = ("public_id", "name", "first", "last")
_WAYS = {
    "key": (tuple(f"api_key__{name}" for name in _KEY), _of_key),
    "endpoint": (("kind",), _of_endpoint),
    "voice": (("voice_name",), _of_voice),
}
