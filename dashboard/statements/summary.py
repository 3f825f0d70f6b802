"""A month in sums, added up by the database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from accounts.models import User
from audiopod.common.months import Month
from audiopod.common.snapshots import snapshot
from dashboard.statements.span import DoesNotAddUp, PostingSpan, span_of
from wallet import offers
from wallet.models import JournalEntry, Posting, Wallet

Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """Everything of one kind that was not a charge: negative when money went away."""

    kind: str
    count: int
    micros: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """What some requests cost together; `micros` is positive."""

    name: str
    requests: int
    audio_ms: int
    micros: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One day in UTC: what was charged, and what else moved the balance."""

    date: date
    requests: int
    audio_ms: int
    charged_micros: int
    other_micros: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """opening + movements - charges = closing; the same charges by service, key and day."""

    span: PostingSpan
    movements: list[Movement]
    charges: list[Charge]
    keys: list[Charge]
    days: list[Day]
    opening_debt_micros: int
    debts: list[Movement]
    """What was paid of the debt is positive here, what it grew by is negative."""
    closing_debt_micros: int

    @property
    def charged_micros(self) -> int:
        return sum(charge.micros for charge in self.charges)

    @property
    def moved_micros(self) -> int:
        return sum(movement.micros for movement in self.movements)

    @property
    def has_debt(self) -> bool:
        return bool(self.debts or self.opening_debt_micros or self.closing_debt_micros)


def summarize(user: User, month: Month) -> Statement:
    """The sums of a month. Raises NoStatement and DoesNotAddUp."""
    with snapshot():
        span = span_of(user, month)
        cells = _cells(span.postings)
        charges = [cell for cell in cells if cell.is_charge]
        statement = Statement(
            span=span,
            movements=_movements(cell for cell in cells if not cell.is_charge),
            charges=_by_service(charges),
            keys=_by_key(charges),
            days=_by_day(cells),
            opening_debt_micros=_owed(span.debts_before(month.start)),
            debts=_movements(_cells(span.debts)),
            closing_debt_micros=_owed(span.debts_before(month.end)),
        )
        _require_it_adds_up(statement)
    return statement


class Cell(NamedTuple):
    """The postings of one day, kind, key and service, added up: what every table is made of."""

    day: date
    kind: str
    key: int | None
    key_name: str | None
    key_first: str | None
    key_last: str | None
    service: str | None
    lines: int
    audio_ms: int
    micros: int

    @property
    def is_charge(self) -> bool:
        return self.kind == JournalEntry.Kind.SETTLEMENT


def _cells(postings: QuerySet[Posting]) -> list[Cell]:
    """One reading of the month, however many tables it is shown in."""
    hold = "entry__hold"
    key, service = f"{hold}__api_key", f"{hold}__service"
    told: QuerySet[Any] = postings.order_by().annotate(
        day=TruncDate("entry__created_at", tzinfo=UTC)
    )
    of_key = (key, f"{key}__name", f"{key}__first", f"{key}__last")
    groups = told.values_list("day", "entry__kind", *of_key, service).annotate(
        lines=Count("pk"),
        audio_ms=Coalesce(Sum(f"{hold}__billed_ms"), 0),
        micros=Sum("amount_micros"),
    )
    return [Cell(*row) for row in groups.order_by("day", "entry__kind", key, service)]


def _movements(cells: Iterable[Cell]) -> list[Movement]:
    """By kind, in the order of `JournalEntry.Kind`."""
    groups = _grouped(cells, lambda cell: cell.kind)
    return [
        Movement(
            kind=kind,
            count=sum(cell.lines for cell in groups[kind]),
            micros=sum(cell.micros for cell in groups[kind]),
        )
        for kind in JournalEntry.Kind
        if kind in groups
    ]


def _by_service(charges: list[Cell]) -> list[Charge]:
    """In the order of the offers; then services that are not offered any more, then charges
    without a service."""
    groups = _grouped(charges, lambda cell: cell.service or "")
    offered = [offer.service_type for offer in offers.all()]
    gone = sorted(groups.keys() - {*offered, ""})
    named = [(service, str(offers.charged_as(service))) for service in [*offered, *gone]]
    return [
        _charge(name, groups[service])
        for service, name in [*named, ("", _("other"))]
        if service in groups
    ]


def _by_key(charges: list[Cell]) -> list[Charge]:
    """The key that cost most comes first. Keys that are gone count together."""
    groups = _grouped(charges, lambda cell: cell.key)
    keys = [_charge(_key_name(cells[0]), cells) for cells in groups.values()]
    return sorted(keys, key=lambda charge: (-charge.micros, charge.name))


def _key_name(cell: Cell) -> str:
    if cell.key is None:
        return _("no key")
    return f"{cell.key_name} ({cell.key_first}…{cell.key_last})"


def _charge(name: str, cells: list[Cell]) -> Charge:
    return Charge(
        name=name,
        requests=sum(cell.lines for cell in cells),
        audio_ms=sum(cell.audio_ms for cell in cells),
        micros=-sum(cell.micros for cell in cells),
    )


def _by_day(cells: list[Cell]) -> list[Day]:
    groups = _grouped(cells, lambda cell: cell.day)
    return [_day(day, groups[day]) for day in sorted(groups)]


def _day(day: date, cells: list[Cell]) -> Day:
    charged = _charge("", [cell for cell in cells if cell.is_charge])
    return Day(
        date=day,
        requests=charged.requests,
        audio_ms=charged.audio_ms,
        charged_micros=charged.micros,
        other_micros=sum(cell.micros for cell in cells if not cell.is_charge),
    )


def _grouped(cells: Iterable[Cell], by: Callable[[Cell], Group]) -> dict[Group, list[Cell]]:
    groups: dict[Group, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(by(cell), []).append(cell)
    return groups


def _owed(debts: QuerySet[Posting]) -> int:
    total: int | None = debts.order_by().aggregate(total=Sum("amount_micros"))["total"]
    return -(total or 0)


def _require_it_adds_up(statement: Statement) -> None:
    """Sums of amounts against balances, which were written down one by one."""
    span = statement.span
    change = span.closing_micros - span.opening_micros
    by_day = sum(day.other_micros - day.charged_micros for day in statement.days)
    by_key = sum(key.micros for key in statement.keys)
    debt = statement.closing_debt_micros - statement.opening_debt_micros
    sums = {
        "movements and charges": (statement.moved_micros - statement.charged_micros, change),
        "its days": (by_day, change),
        "its keys": (by_key, statement.charged_micros),
        "changes of debt": (-sum(movement.micros for movement in statement.debts), debt),
    }
    if span.is_to_date:
        owed = Wallet.objects.filter(pk=span.user.pk).values_list("debt_micros", flat=True).first()
        sums["debt"] = (statement.closing_debt_micros, owed or 0)
    for what, (found, expected) in sums.items():
        if found != expected:
            raise DoesNotAddUp(span, f"{what} come to {found}, not {expected} micro-dollars")
