"""What an account, or one of its keys, holds and has spent in a period."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import ApiKey
from audiopod.common import money
from audiopod.common.months import Month

TOTAL = "total"
"""The period that never ends."""


def month_of(moment: datetime) -> str:
    """The UTC month of a moment, as a period: "2026-11"."""
    return str(Month.of(moment))


def day_of(moment: datetime) -> str:
    """The UTC day of a moment, as a period: "2026-11-23"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


class SpendingQuerySet(models.QuerySet["Spending"]):
    def counting(self, *, user_id: int, api_key_id: int | None, at: datetime) -> SpendingQuerySet:
        """The rows that a hold made `at` a moment counts in: the day of its account, and the
        month and the total of its key."""
        day, month = day_of(at), month_of(at)
        return self.of_periods(user_id=user_id, api_key_id=api_key_id, day=day, month=month)

    def of_periods(
        self, *, user_id: Any, api_key_id: Any, day: Any, month: Any
    ) -> SpendingQuerySet:
        """The same by the names of the periods. Each may be an expression."""
        of_account = Q(user_id=user_id, api_key=None, period=day)
        if api_key_id is None:
            return self.filter(of_account)
        return self.filter(of_account | Q(api_key_id=api_key_id, period__in=[TOTAL, month]))


class Spending(models.Model):
    """Counted for every hold, limited or not, so that a limit set later knows what was spent.

    `limit_micros` is the limit under which the last hold was let in. The limits themselves stand
    on the key and on the account.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="spendings", db_index=False
    )
    api_key = models.ForeignKey(
        ApiKey, models.CASCADE, null=True, blank=True, related_name="spendings", db_index=False
    )
    period = models.CharField(max_length=10, help_text="total, a month or a day, in UTC")
    held_micros = models.BigIntegerField(default=0)
    spent_micros = models.BigIntegerField(default=0)
    limit_micros = models.BigIntegerField(null=True, blank=True)

    objects = SpendingQuerySet.as_manager()

    class Meta:
        ordering = ["user", "api_key", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "period"],
                name="spending_once_for_an_account",
                condition=Q(api_key__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["api_key", "period"],
                name="spending_once_for_a_key",
                condition=Q(api_key__isnull=False),
            ),
            models.CheckConstraint(
                name="spending_not_negative", condition=Q(held_micros__gte=0, spent_micros__gte=0)
            ),
            models.CheckConstraint(
                name="spending_within_its_limit",
                condition=Q(limit_micros__isnull=True)
                | Q(limit_micros__gte=F("held_micros") + F("spent_micros")),
            ),
        ]

    def __str__(self) -> str:
        whose = f"key {self.api_key_id}" if self.api_key_id else f"account {self.user_id}"
        return f"{whose}, {self.period}: {money.usd_exact(self.spent_micros)}"
