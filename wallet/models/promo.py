"""Codes that give credit."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.ledger import JournalEntry


class PromoCode(models.Model):
    """A code that gives an amount, once to an account, and so many times in all."""

    code = models.CharField(
        _("code"),
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9-]{4,32}$", _("4 to 32 of A-Z, 0-9 and -."))],
        help_text=_("typed in any case"),
    )
    amount_micros = models.BigIntegerField(_("amount"), validators=[MinValueValidator(1)])
    reason = models.CharField(
        _("reason"), max_length=200, help_text=_("stays in the ledger beside each redemption")
    )
    max_redemptions = models.PositiveIntegerField(
        _("how many times"), null=True, blank=True, help_text=_("in all; empty: any number")
    )
    redeemed = models.PositiveIntegerField(default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="promo_gives_money", condition=Q(amount_micros__gt=0)),
            models.CheckConstraint(name="promo_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="promo_redeemed_within_its_limit",
                condition=Q(max_redemptions__isnull=True) | Q(max_redemptions__gte=F("redeemed")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromoRedemption(models.Model):
    """An account has used a code."""

    code = models.ForeignKey(PromoCode, models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="promo_redemptions"
    )
    entry = models.OneToOneField(JournalEntry, models.PROTECT, related_name="promo_redemption")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "user"], name="promo_once_for_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.code} by account {self.user_id}"
