"""One balance an account, holds on it, and the ledger that explains it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, User
from audiopod.common import money
from wallet.offers import MAX_NAME_CHARACTERS


class Wallet(models.Model):
    """The balance of one account: the sum of its postings, kept at hand.

    Nothing may point a foreign key here: each check of one would lock the busiest row there is.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="wallet"
    )
    posted_micros = models.BigIntegerField(default=0)
    held_micros = models.BigIntegerField(default=0)
    debt_micros = models.BigIntegerField(
        default=0, help_text=_("spent before it was refunded or disputed: the next credit pays it")
    )
    is_frozen = models.BooleanField(
        default=False, help_text=_("nothing is spent while a payment is disputed")
    )
    low_since = models.DateTimeField(
        null=True, blank=True, help_text=_("when the balance last fell below the warning")
    )
    low_mailed_at = models.DateTimeField(null=True, blank=True)
    seq = models.BigIntegerField(default=0, help_text=_("how many postings made this balance"))

    class Meta:
        permissions = [("credit_wallet", "Can grant or adjust credit")]
        indexes = [
            models.Index(
                fields=["low_since"], name="wallet_low", condition=Q(low_since__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="wallet_held_not_negative", condition=Q(held_micros__gte=0)
            ),
            models.CheckConstraint(
                name="wallet_posted_covers_held", condition=Q(posted_micros__gte=F("held_micros"))
            ),
            models.CheckConstraint(name="wallet_seq_not_negative", condition=Q(seq__gte=0)),
            models.CheckConstraint(
                name="wallet_debt_not_negative", condition=Q(debt_micros__gte=0)
            ),
            models.CheckConstraint(
                name="wallet_in_debt_has_nothing_left",
                condition=Q(debt_micros=0) | Q(posted_micros=F("held_micros")),
            ),
        ]

    def __str__(self) -> str:
        return f"wallet of account {self.user_id}"

    @property
    def available_micros(self) -> int:
        return self.posted_micros - self.held_micros


class HoldQuerySet(models.QuerySet["Hold"]):
    def for_user(self, user: User) -> HoldQuerySet:
        return self.filter(user=user)

    def open(self) -> HoldQuerySet:
        return self.filter(state=Hold.State.OPEN)

    def overdue(self, now: datetime) -> HoldQuerySet:
        """Open past their time. Whether their job still runs is for the caller to know."""
        return self.open().filter(expires_at__lt=now)


class Hold(models.Model):
    """Money set aside for one job. Open at first, then closed for ever in one of three ways.

    Service, price and what was billed explain the cost in the ledger; holds from before there were
    such columns may lack them.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holds")
    job_id = models.UUIDField(unique=True)
    api_key = models.ForeignKey(
        ApiKey, models.SET_NULL, null=True, blank=True, related_name="holds"
    )
    service = models.CharField(max_length=MAX_NAME_CHARACTERS, blank=True, default="")
    price_micros_per_minute = models.BigIntegerField(null=True, blank=True)
    amount_micros = models.BigIntegerField()
    settled_micros = models.BigIntegerField(default=0)
    billed_ms = models.BigIntegerField(
        null=True, blank=True, help_text=_("milliseconds of audio that were charged for")
    )
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["expires_at"], name="hold_overdue", condition=Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(name="hold_amount_positive", condition=Q(amount_micros__gt=0)),
            models.CheckConstraint(
                name="hold_settles_at_most_itself",
                condition=Q(settled_micros__gte=0, settled_micros__lte=F("amount_micros")),
            ),
            models.CheckConstraint(
                name="hold_costs_only_when_settled",
                condition=Q(state="settled", settled_micros__gt=0)
                | Q(state__in=["open", "released", "expired"], settled_micros=0),
            ),
            models.CheckConstraint(
                name="hold_is_open_until_closed",
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="hold_price_not_negative",
                condition=Q(price_micros_per_minute__isnull=True)
                | Q(price_micros_per_minute__gte=0),
            ),
            models.CheckConstraint(
                name="hold_bills_when_settled",
                condition=Q(billed_ms__isnull=True) | Q(billed_ms__gte=0, state="settled"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} hold of {money.usd_exact(self.amount_micros)}"


class JournalEntry(models.Model):
    """One movement of money, its legs summing to zero. Never changed: a mistake gets another."""

    class Kind(models.TextChoices):
        SETTLEMENT = "settlement", _("settlement")
        GRANT = "grant", _("grant")
        PROMO = "promo", _("promo code")
        ADJUSTMENT = "adjustment", _("adjustment")
        TOPUP = "topup", _("top-up")
        REFUND = "refund", _("refund")
        REFUND_FAILED = "refund_failed", _("refund that failed")
        DISPUTE = "dispute", _("disputed payment")
        DISPUTE_WON = "dispute_won", _("dispute won")
        COLLECTION = "collection", _("debt collected")

    kind = models.CharField(max_length=16, choices=Kind)
    idempotency_key = models.CharField(max_length=200, unique=True)
    hold = models.OneToOneField(
        Hold, models.PROTECT, null=True, blank=True, related_name="journal_entry"
    )
    actor = models.CharField(
        max_length=100, help_text=_("who did it: worker, user:<id>, command:<name>")
    )
    reason = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "journal entries"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="entry_settles_a_hold",
                condition=Q(kind="settlement", hold__isnull=False)
                | (~Q(kind="settlement") & Q(hold__isnull=True)),
            ),
            models.CheckConstraint(
                name="entry_by_hand_has_a_reason",
                condition=~Q(kind__in=["grant", "promo", "adjustment"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Posting(models.Model):
    """One leg of a journal entry, on one account of ours.

    What we owe a customer is `customer`, positive while they have money left. Only it is cached
    in a wallet, so only it is numbered (`wallet_seq`, without gaps) and carries the balance after.
    """

    class Account(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        RECEIVABLE = "receivable", _("receivable")
        STRIPE = "stripe", _("stripe")
        REVENUE = "revenue", _("revenue")
        PROMO = "promo", _("promo")
        FEES = "fees", _("fees")
        WRITEOFF = "writeoff", _("write-off")

    # the constraints below have indexes that begin with the entry and with the account
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="postings", db_index=False)
    number = models.PositiveSmallIntegerField()
    account = models.CharField(max_length=16, choices=Account)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        db_index=False,
    )
    amount_micros = models.BigIntegerField()
    wallet_seq = models.BigIntegerField(null=True, blank=True)
    posted_after = models.BigIntegerField(
        null=True, blank=True, help_text=_("the wallet's posted micro-dollars after this leg")
    )

    class Meta:
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="posting_number_in_entry"),
            models.UniqueConstraint(fields=["user", "wallet_seq"], name="posting_seq_in_wallet"),
            models.CheckConstraint(name="posting_moves_money", condition=~Q(amount_micros=0)),
            models.CheckConstraint(
                name="posting_of_customer_names_user",
                condition=Q(account__in=["customer", "receivable"], user__isnull=False)
                | (~Q(account__in=["customer", "receivable"]) & Q(user__isnull=True)),
            ),
            models.CheckConstraint(
                name="posting_in_wallet_is_numbered",
                # a CHECK lets pass what it compares with NULL
                condition=Q(
                    account="customer",
                    wallet_seq__isnull=False,
                    wallet_seq__gte=1,
                    posted_after__isnull=False,
                    posted_after__gte=0,
                )
                | (~Q(account="customer") & Q(wallet_seq__isnull=True, posted_after__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {money.usd_exact(self.amount_micros)}"
