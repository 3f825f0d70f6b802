"""What is left of budgets: of a key's month and its total, and of an account's day.

Counted in the transaction of the hold, after the wallet is locked: holds of one account pass
here one by one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import ApiKey, User
from audiopod.common.months import Month
from audiopod.common.statements import Given, Update
from wallet.exceptions import BudgetExceeded
from wallet.models import TOTAL, Hold, Spending, SpendingQuerySet
from wallet.models.budgets import day_of, month_of

Limits = dict[str, int | None]


def limits_of(user: User, api_key: ApiKey | None, at: datetime) -> Limits:
    """The limit of each period that a hold made `at` a moment counts in; None means unlimited."""
    of_account: Limits = {day_of(at): user.daily_limit_micros}
    if api_key is None:
        return of_account
    of_key: Limits = {
        TOTAL: api_key.total_limit_micros,
        month_of(at): api_key.monthly_limit_micros,
    }
    return of_key | of_account


def count(hold: Hold, user: User, api_key: ApiKey | None) -> None:
    """Let a new hold into its budgets. Raises BudgetExceeded: roll the hold back then."""
    limits = limits_of(user, api_key, hold.created_at)
    amount = hold.amount_micros
    if any(limit is not None for limit in limits.values()):
        fitting = _rows(hold).filter(_has_room(limits, amount))
        counted = fitting.update(held_micros=F("held_micros") + amount, limit_micros=_limit(limits))
    else:
        counted = _COUNT[api_key is not None].count(amount=amount, **_periods_of(hold))
    if counted == len(limits):
        return
    missing = limits.keys() - set(_rows(hold).values_list("period", flat=True))
    begins = all(limit is None or limit >= amount for limit in map(limits.get, missing))
    if not begins or counted + len(missing) != len(limits):
        raise _exceeded(limits, user, api_key, amount, hold.created_at)
    _begin(sorted(missing), hold, limits)


def uncount(closed: Hold) -> None:
    """A hold has closed: what it cost is spent, and the rest is free again."""
    _UNCOUNT[closed.api_key_id is not None].count(
        held=closed.amount_micros, spent=closed.settled_micros, **_periods_of(closed)
    )


def _rows(hold: Hold) -> SpendingQuerySet:
    """Those that a hold counts in."""
    return Spending.objects.counting(
        user_id=hold.user_id, api_key_id=hold.api_key_id, at=hold.created_at
    )


def _periods_of(hold: Hold) -> dict[str, Any]:
    """What the two statements below are given of the periods that a hold counts in."""
    at = hold.created_at
    return {
        "user_id": hold.user_id,
        "api_key_id": hold.api_key_id,
        "day": day_of(at),
        "month": month_of(at),
    }


def _rows_of(*, has_key: bool) -> SpendingQuerySet:
    return Spending.objects.of_periods(
        user_id=Given("user_id", BigIntegerField()),
        api_key_id=Given("api_key_id", BigIntegerField()) if has_key else None,
        day=Given("day", CharField()),
        month=Given("month", CharField()),
    )


def _to_count(*, has_key: bool) -> tuple[SpendingQuerySet, dict[str, Any]]:
    held = F("held_micros") + Given("amount", BigIntegerField())
    return _rows_of(has_key=has_key), {"held_micros": held, "limit_micros": None}


def _to_uncount(*, has_key: bool) -> tuple[SpendingQuerySet, dict[str, Any]]:
    return _rows_of(has_key=has_key), {
        "held_micros": F("held_micros") - Given("held", BigIntegerField()),
        "spent_micros": F("spent_micros") + Given("spent", BigIntegerField()),
    }


_COUNT = {has_key: Update(partial(_to_count, has_key=has_key)) for has_key in (False, True)}
"""Where nothing is limited."""
_UNCOUNT = {has_key: Update(partial(_to_uncount, has_key=has_key)) for has_key in (False, True)}


def uncount_part(lowered: Hold, amount_micros: int) -> None:
    """A hold that stays open gave so much back."""
    _rows(lowered).update(held_micros=F("held_micros") - amount_micros)


def require_room(user: User, api_key: ApiKey | None, amount_micros: int) -> None:
    """Refuse early whose budgets do not cover an amount. Raises BudgetExceeded."""
    now = timezone.now()
    limits = limits_of(user, api_key, now)
    if any(limit is not None for limit in limits.values()):
        error = _exceeded_or_none(limits, user, api_key, amount_micros, now)
        if error:
            raise error


def _begin(periods: list[str], hold: Hold, limits: Limits) -> None:
    """Make the rows of periods that begin with this hold. The lock of the wallet keeps others
    from making them too."""
    day = day_of(hold.created_at)
    Spending.objects.bulk_create(
        Spending(
            user_id=hold.user_id,
            api_key_id=None if period == day else hold.api_key_id,
            period=period,
            held_micros=hold.amount_micros,
            limit_micros=limits[period],
        )
        for period in periods
    )


def _has_room(limits: Limits, amount: int) -> Q:
    fits = Q(pk__in=[])
    for period, limit in limits.items():
        of_period = Q(period=period)
        if limit is not None:
            of_period &= Q(held_micros__lte=limit - amount - F("spent_micros"))
        fits |= of_period
    return fits


def _limit(limits: Limits) -> Cast:
    # PostgreSQL takes a CASE of nothing but NULLs for text.
    of_period = (When(period=period, then=Value(limit)) for period, limit in limits.items())
    return Cast(Case(*of_period), BigIntegerField())


def _exceeded(
    limits: Limits, user: User, api_key: ApiKey | None, amount: int, at: datetime
) -> Exception:
    error = _exceeded_or_none(limits, user, api_key, amount, at)
    return error or RuntimeError(f"The budgets of account {user.pk} need an audit.")


def _exceeded_or_none(
    limits: Limits, user: User, api_key: ApiKey | None, amount: int, at: datetime
) -> BudgetExceeded | None:
    """Which budget has no room for an amount, the narrowest first."""
    rows = Spending.objects.counting(
        user_id=user.pk, api_key_id=api_key.pk if api_key else None, at=at
    )
    used = {row.period: row.held_micros + row.spent_micros for row in rows}
    short = []
    for period, limit in limits.items():
        left = 0 if limit is None else max(0, limit - used.get(period, 0))
        if limit is not None and left < amount:
            short.append((left, period, limit))
    if not short:
        return None
    left, period, limit = min(short)
    name, resets_at = _describe(period, at)
    return BudgetExceeded(
        budget=name,
        limit_micros=limit,
        left_micros=left,
        required_micros=amount,
        resets_at=resets_at,
    )


def _describe(period: str, at: datetime) -> tuple[str, datetime | None]:
    """What a period is called, and when the next one begins."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == TOTAL:
        return "total", None
    if period == day_of(at):
        return "daily", midnight + timedelta(days=1)
    return "monthly", Month.of(at).end
