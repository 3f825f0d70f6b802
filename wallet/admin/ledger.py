"""The ledger in the admin, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from audiopod.common import money
from audiopod.common.spreadsheets import seconds
from wallet.journal import charge_of
from wallet.models import JournalEntry, Posting

if TYPE_CHECKING:
    EntryModelAdmin = admin.ModelAdmin[JournalEntry]
    PostingTabularInline = admin.TabularInline[Posting, JournalEntry]
else:
    EntryModelAdmin = admin.ModelAdmin
    PostingTabularInline = admin.TabularInline

OF_ACCOUNT = "postings__user__id__exact"
"""In the address of the list of entries: those of an account, by its id."""


class PostingInline(ReadOnly, PostingTabularInline):
    model = Posting
    extra = 0
    readonly_fields = ["number", "account", "user", "amount", "wallet_seq", "balance_after"]
    fields = (*readonly_fields,)

    @admin.display(description=_("amount"))
    def amount(self, posting: Posting) -> str:
        return money.usd_exact(posting.amount_micros)

    @admin.display(description=_("balance after"))
    def balance_after(self, posting: Posting) -> str:
        return "" if posting.posted_after is None else money.usd_exact(posting.posted_after)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnly, EntryModelAdmin):
    """The ledger, newest first."""

    list_display = ["id", "created_at", "kind", "account", "amount", "actor", "what_for"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["hold"]
    search_fields = [
        "postings__user__email",
        "reason",
        "request_id",
        "hold__job_id",
        "hold__service",
    ]
    inlines = [PostingInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return super().get_queryset(request).prefetch_related("postings__user")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Also the ledger of one account, to which its page leads: an index has it at hand."""
        return lookup == OF_ACCOUNT or super().lookup_allowed(lookup, value, request)

    def _customer_leg(self, entry: JournalEntry) -> Posting | None:
        return next((leg for leg in entry.postings.all() if leg.user is not None), None)

    @admin.display(description=_("what for"))
    def what_for(self, entry: JournalEntry) -> str:
        """The units and the rate of a request, and the reason of any other entry."""
        charge = charge_of(entry)
        if charge is None:
            return entry.reason
        rate = money.usd_exact(charge.price_micros_per_minute)
        told = {"service": charge.words, "seconds": seconds(charge.billed_ms), "rate": rate}
        return _("%(service)s: %(seconds)s s at %(rate)s a minute") % told

    @admin.display(description=_("account"))
    def account(self, entry: JournalEntry) -> str:
        leg = self._customer_leg(entry)
        return str(leg.user) if leg else ""

    @admin.display(description=_("amount"))
    def amount(self, entry: JournalEntry) -> str:
        leg = self._customer_leg(entry)
        return money.usd_exact(leg.amount_micros) if leg else ""
