"""What an account used on a day: the roll-up that pages read instead of a million jobs."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.models.job import MAX_KIND_CHARACTERS


class UsageDayQuerySet(models.QuerySet["UsageDay"]):
    def for_user(self, user: User) -> UsageDayQuerySet:
        return self.filter(user=user)

    def between(self, first: date, last: date) -> UsageDayQuerySet:
        """From one day to another, both of them counted."""
        return self.filter(day__gte=first, day__lte=last)


class UsageDay(models.Model):
    """The jobs of one account, key, endpoint and voice that ended on one day (UTC).

    Written in the transaction in which a job ends, under the lock of the account's wallet, so
    that it says at every moment what the jobs say.
    """

    COUNTED: ClassVar[list[str]] = [
        "requests",
        "failed",
        "cancelled",
        "audio_ms",
        "cost_micros",
        "taken_ms",
    ]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="usage_days", db_index=False
    )
    day = models.DateField(_("day"), help_text=_("UTC, on which the jobs ended"))
    api_key = models.ForeignKey(
        ApiKey, models.SET_NULL, null=True, blank=True, help_text=_("none: the playground")
    )
    kind = models.CharField(_("endpoint"), max_length=MAX_KIND_CHARACTERS, choices=registry.choices)
    voice_name = models.CharField(_("voice"), max_length=128, blank=True)
    requests = models.BigIntegerField(_("requests"), default=0)
    failed = models.BigIntegerField(_("failed"), default=0)
    cancelled = models.BigIntegerField(_("cancelled"), default=0)
    audio_ms = models.BigIntegerField(
        _("audio"), default=0, help_text=_("milliseconds charged for")
    )
    cost_micros = models.BigIntegerField(_("cost"), default=0, help_text=_("micro-dollars"))
    taken_ms = models.BigIntegerField(
        _("time taken"), default=0, help_text=_("milliseconds from request to end, added up")
    )

    objects = UsageDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of usage")
        verbose_name_plural = _("days of usage")
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day", "api_key", "kind", "voice_name"],
                condition=Q(api_key__isnull=False),
                name="usage_day_of_a_key",
            ),
            models.UniqueConstraint(
                fields=["user", "day", "kind", "voice_name"],
                condition=Q(api_key__isnull=True),
                name="usage_day_without_a_key",
            ),
            models.CheckConstraint(
                name="usage_day_counts_up",
                condition=Q(
                    requests__gte=0,
                    failed__gte=0,
                    cancelled__gte=0,
                    audio_ms__gte=0,
                    cost_micros__gte=0,
                    taken_ms__gte=0,
                ),
            ),
        ]
        indexes = [models.Index(fields=["user", "day"], name="usage_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day} {self.kind} {self.voice_name}"
