"""Do the holds explain what is counted against budgets?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDay, TruncMonth

from accounts.models import User
from wallet.audit.breach import Breach
from wallet.models import TOTAL, Hold, Spending
from wallet.models.budgets import day_of, month_of

Whose = tuple[int, int | None, str]
"""Account, key (None: the account itself) and period."""


def spendings_are_explained(user: User | None) -> Iterator[Breach]:
    """Held is the sum of the open holds of its period, spent that of the settled ones."""
    mine = Q() if user is None else Q(user=user)
    counted: dict[Whose, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in Spending.objects.filter(mine):
        counted[row.user_id, row.api_key_id, row.period] = (row.held_micros, row.spent_micros)
    expected = _expected(Hold.objects.filter(mine))
    for whose in sorted(counted.keys() | expected.keys(), key=str):
        if counted[whose] != expected[whose]:
            account, key, period = whose
            of = f"account {account}" if key is None else f"key {key}"
            detail = "counted {} held and {} spent, its holds sum to {} and {}".format(
                *counted[whose], *expected[whose]
            )
            yield Breach("spending", f"{of} {period}", detail)


def _expected(holds: QuerySet[Hold]) -> dict[Whose, tuple[int, int]]:
    """What each period should count, by the holds that there are."""
    expected: dict[Whose, tuple[int, int]] = defaultdict(lambda: (0, 0))
    of_keys = holds.filter(api_key__isnull=False)
    for row in _sums(holds.annotate(at=TruncDay("created_at", tzinfo=UTC)), "at"):
        expected[row["user"], None, day_of(row["at"])] = (row["held"], row["spent"])
    for row in _sums(of_keys.annotate(at=TruncMonth("created_at", tzinfo=UTC)), "at", "api_key"):
        expected[row["user"], row["api_key"], month_of(row["at"])] = (row["held"], row["spent"])
    for row in _sums(of_keys, "api_key"):
        expected[row["user"], row["api_key"], TOTAL] = (row["held"], row["spent"])
    return expected


def _sums(holds: QuerySet[Hold], *by: str) -> Iterator[dict[str, Any]]:
    yield from (
        holds.order_by()
        .values("user", *by)
        .annotate(
            held=Coalesce(Sum(F("amount_micros"), filter=Q(state=Hold.State.OPEN)), 0),
            spent=Sum("settled_micros"),
        )
    )
