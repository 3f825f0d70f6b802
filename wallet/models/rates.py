"""Prices."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiopod.common import money
from wallet import offers
from wallet.offers import MAX_NAME_CHARACTERS, Basis


class RateQuerySet(models.QuerySet["Rate"]):
    def effective(self, at: datetime) -> RateQuerySet:
        """Those that have begun by `at`, the newest first."""
        return self.filter(effective_from__lte=at).order_by("-effective_from")


class Rate(models.Model):
    """A price from a moment on, until the next rate of its service and mode begins.

    A service is not sold before an app registers it (`wallet.offers`).
    """

    service_type = models.CharField(_("service"), max_length=MAX_NAME_CHARACTERS)
    mode = models.CharField(
        _("mode"),
        max_length=MAX_NAME_CHARACTERS,
        blank=True,
        default="",
        help_text=_("empty: the price of every mode that has no price of its own"),
    )
    basis = models.CharField(_("basis"), max_length=8, choices=Basis, default=Basis.INPUT)
    price_micros_per_minute = models.BigIntegerField(_("price per minute"))
    effective_from = models.DateTimeField()
    description = models.CharField(max_length=200, blank=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        ordering = ["service_type", "mode", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["service_type", "mode", "effective_from"], name="rate_one_at_a_time"
            ),
            models.CheckConstraint(
                name="rate_not_negative", condition=Q(price_micros_per_minute__gte=0)
            ),
            models.CheckConstraint(
                name="rate_has_a_basis", condition=Q(basis__in=["input", "output"])
            ),
        ]

    def __str__(self) -> str:
        price = money.usd_exact(self.price_micros_per_minute)
        name = f"{self.label}, {self.mode}" if self.mode else f"{self.label}"
        return f"{name} {price}/min from {self.effective_from:%Y-%m-%d}"

    @property
    def label(self) -> Promise | str:
        return offers.label_of(self.service_type)

    def has_begun(self) -> bool:
        """A rate that has begun may have priced jobs already: it is not changed any more."""
        return self.effective_from <= timezone.now()
