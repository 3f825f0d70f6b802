"""What we know of payments: ours to ask for, Stripe's to make."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audiopod.common import money

MIN_TOPUP_CENTS, MAX_TOPUP_CENTS = 100, 1_000_000


class StripeCustomer(models.Model):
    """Who an account is to Stripe: one customer with live keys, another with test keys."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="stripe_customers"
    )
    livemode = models.BooleanField()
    customer_id = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "livemode"], name="stripe_customer_one_a_mode"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class TopupQuerySet(models.QuerySet["Topup"]):
    def for_user(self, user: User) -> TopupQuerySet:
        return self.filter(user=user)

    def unfinished(self) -> TopupQuerySet:
        """Those that may still become a payment."""
        return self.filter(status__in=Topup.UNFINISHED)


class Topup(models.Model):
    """One attempt to pay, made before Stripe hears of it. Its id is Stripe's idempotency key."""

    class Kind(models.TextChoices):
        CHECKOUT = "checkout", _("Checkout page")
        PAYMENT_INTENT = "payment_intent", _("payment in the client's own page")
        AUTO = "auto", _("auto-recharge")

    class Status(models.TextChoices):
        CREATED = "created", _("not asked for yet")
        OPEN = "open", _("waiting for the customer")
        PROCESSING = "processing", _("on its way")
        COMPLETED = "completed", _("completed")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    UNFINISHED = (Status.CREATED, Status.OPEN, Status.PROCESSING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="topups")
    kind = models.CharField(max_length=16, choices=Kind)
    status = models.CharField(max_length=16, choices=Status, default=Status.CREATED)
    amount_cents = models.PositiveIntegerField(help_text=_("what the wallet gets"))
    paid_cents = models.PositiveIntegerField(
        default=0, help_text=_("what Stripe took, with tax; 0 before that")
    )
    refunded_cents = models.PositiveIntegerField(default=0, help_text=_("of what Stripe took"))
    livemode = models.BooleanField()
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    payment_intent_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    url = models.TextField(blank=True, help_text=_("the Checkout page"))
    receipt_url = models.TextField(blank=True)
    idempotency_key = models.CharField(
        max_length=255, blank=True, help_text=_("the client's own, so that it asks for one alone")
    )
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = TopupQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "top-up"
        permissions = [("refund_topup", "Can refund payments")]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="topup_by_user"),
            models.Index(
                fields=["created_at"],
                name="topup_unfinished",
                condition=Q(status__in=["created", "open", "processing"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                name="topup_one_auto_at_a_time",
                condition=Q(kind="auto", status__in=["created", "open", "processing"]),
            ),
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                name="topup_once_for_an_idempotency_key",
                condition=~Q(idempotency_key=""),
            ),
            models.CheckConstraint(
                name="topup_amount_in_range",
                condition=Q(amount_cents__range=(MIN_TOPUP_CENTS, MAX_TOPUP_CENTS)),
            ),
            models.CheckConstraint(
                name="topup_refunds_at_most_what_was_paid",
                condition=Q(refunded_cents__lte=F("paid_cents")),
            ),
            models.CheckConstraint(
                name="topup_completed_is_paid",
                condition=Q(
                    status="completed",
                    paid_cents__gte=F("amount_cents"),
                    payment_intent_id__isnull=False,
                    completed_at__isnull=False,
                )
                | (~Q(status="completed") & Q(paid_cents=0, completed_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} top-up of {money.usd(self.amount_micros)}"

    @property
    def amount_micros(self) -> int:
        return self.amount_cents * money.MICROS_PER_CENT


class Refund(models.Model):
    """Money that Stripe gave back, or tried to."""

    id = models.CharField(primary_key=True, max_length=255, help_text=_("Stripe's, re_…"))
    topup = models.ForeignKey(Topup, models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveIntegerField(help_text=_("of what was paid, with tax"))
    clawed_back_micros = models.BigIntegerField(
        help_text=_("what the wallet gave at its word, less what it got back at its failure")
    )
    status = models.CharField(max_length=32)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="refund_of_something",
                condition=Q(amount_cents__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} refund of {money.usd_cents(self.amount_cents)}"


class Dispute(models.Model):
    """A customer's bank takes a payment back, or asks about it."""

    id = models.CharField(primary_key=True, max_length=255, help_text=_("Stripe's, du_…"))
    topup = models.ForeignKey(Topup, models.PROTECT, related_name="disputes")
    amount_cents = models.PositiveIntegerField()
    status = models.CharField(max_length=32, help_text=_("Stripe's word"))
    is_freezing = models.BooleanField(help_text=_("nothing is spent until it is over"))
    withdrawn_micros = models.BigIntegerField(
        default=0, help_text=_("what the wallet gave at its word, less what it got back")
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reinstated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="dispute_gives_what_it_took",
                condition=Q(reinstated_at__isnull=True) | Q(withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} dispute of {money.usd_cents(self.amount_cents)}"


class StripeEvent(models.Model):
    """What Stripe told us: each event once, with what became of it."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        HANDLED = "handled", _("handled")
        IGNORED = "ignored", _("not for us")
        FAILED = "failed", _("failed: Stripe will send it again")

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=100)
    api_version = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField()
    created_at = models.DateTimeField(help_text=_("by Stripe's clock"))
    received_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=16, choices=Status, default=Status.RECEIVED)
    outcome = models.CharField(max_length=500, blank=True, help_text=_("what was done, or why not"))
    deliveries = models.PositiveIntegerField(default=0)
    object_id = models.CharField(max_length=255, blank=True)
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "Stripe event"
        indexes = [models.Index(fields=["status", "created_at"], name="stripe_event_by_status")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class AutoRecharge(models.Model):
    """The customer's standing order: charge my card when my balance falls below so much."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        NEEDS_AUTHENTICATION = "needs_authentication", _("the bank wants to ask the customer")
        DECLINED = "declined", _("the card was declined too often")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="auto_recharge"
    )
    is_enabled = models.BooleanField(_("enabled"), default=False)
    threshold_micros = models.BigIntegerField(default=5 * money.MICROS_PER_USD)
    amount_cents = models.PositiveIntegerField(default=2500)
    monthly_cap_cents = models.PositiveIntegerField(default=10_000)
    payment_method_id = models.CharField(max_length=255, blank=True)
    card = models.CharField(max_length=64, blank=True, help_text=_("such as Visa ending 4242"))
    livemode = models.BooleanField(default=False, help_text=_("of the saved card"))
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    state = models.CharField(max_length=24, choices=State, default=State.ACTIVE)
    failures = models.PositiveSmallIntegerField(default=0, help_text=_("declines in a row"))
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="auto_recharge_has_consent_and_card",
                condition=Q(is_enabled=False)
                | (Q(consent_at__isnull=False) & ~Q(payment_method_id="")),
            ),
            models.CheckConstraint(
                name="auto_recharge_amounts_in_range",
                condition=Q(
                    threshold_micros__gte=0,
                    amount_cents__range=(MIN_TOPUP_CENTS, MAX_TOPUP_CENTS),
                    monthly_cap_cents__gte=F("amount_cents"),
                ),
            ),
        ]

    def __str__(self) -> str:
        amount = money.usd_cents(self.amount_cents)
        return f"{amount} below {money.usd(self.threshold_micros)}"
