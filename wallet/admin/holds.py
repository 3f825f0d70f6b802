"""Holds in the admin, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from audiopod.common import money
from audiopod.common.spreadsheets import seconds
from wallet.models import Hold

if TYPE_CHECKING:
    HoldModelAdmin = admin.ModelAdmin[Hold]
else:
    HoldModelAdmin = admin.ModelAdmin


@admin.register(Hold)
class HoldAdmin(ReadOnly, HoldModelAdmin):
    """Money set aside for jobs."""

    list_display = [
        "created_at",
        "user",
        "state",
        "service",
        "amount",
        "settled",
        "expires_at",
        "job_id",
    ]
    list_filter = ["state", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "job_id", "service"]
    readonly_fields = ["amount", "settled", "per_minute", "seconds_billed"]
    fields = [
        "user",
        "job_id",
        "api_key",
        "state",
        "service",
        "per_minute",
        "seconds_billed",
        "amount",
        "settled",
        "created_at",
        "expires_at",
        "closed_at",
    ]

    @admin.display(description=_("per minute"), ordering="price_micros_per_minute")
    def per_minute(self, hold: Hold) -> str:
        micros = hold.price_micros_per_minute
        return "" if micros is None else money.usd_exact(micros)

    @admin.display(description=_("seconds charged for"), ordering="billed_ms")
    def seconds_billed(self, hold: Hold) -> str:
        return "" if hold.billed_ms is None else seconds(hold.billed_ms)

    @admin.display(description=_("amount"), ordering="amount_micros")
    def amount(self, hold: Hold) -> str:
        return money.usd_exact(hold.amount_micros)

    @admin.display(description=_("settled"), ordering="settled_micros")
    def settled(self, hold: Hold) -> str:
        return money.usd_exact(hold.settled_micros)
