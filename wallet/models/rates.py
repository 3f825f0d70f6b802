"""Prices."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiopod.common import money


class Service(models.TextChoices):
    """What has a price."""

    TEXT_TO_SPEECH = "text_to_speech", _("text to speech")
    TRANSCRIPTION = "transcription", _("transcription")
    TRANSLATION = "translation", _("translation")


class RateQuerySet(models.QuerySet["Rate"]):
    def effective(self, at: datetime) -> RateQuerySet:
        """Those that have begun by `at`, the newest first."""
        return self.filter(effective_from__lte=at).order_by("-effective_from")


class Rate(models.Model):
    """A price from a moment on, until the next rate of its service begins."""

    service = models.CharField(max_length=32, choices=Service)
    price_micros_per_minute = models.BigIntegerField(_("price per minute"))
    effective_from = models.DateTimeField()
    description = models.CharField(max_length=200, blank=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        ordering = ["service", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "effective_from"], name="rate_one_at_a_time"
            ),
            models.CheckConstraint(
                name="rate_not_negative", condition=Q(price_micros_per_minute__gte=0)
            ),
        ]

    def __str__(self) -> str:
        price = money.usd_exact(self.price_micros_per_minute)
        return f"{self.get_service_display()} {price}/min from {self.effective_from:%Y-%m-%d}"

    def has_begun(self) -> bool:
        """A rate that has begun may have priced jobs already: it is not changed any more."""
        return self.effective_from <= timezone.now()
