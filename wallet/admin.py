"""Money in the admin: everything to read, and two things to do: credit, and plan a price."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from audiopod.common import money
from wallet import (
    admin_payments,  # noqa: F401 - registers itself
    promo_admin,  # noqa: F401 - registers itself
    services,
)
from wallet.forms import CreditForm, RateForm
from wallet.models import Hold, JournalEntry, Posting, Rate, Wallet
from wallet.read_only import ReadOnly

if TYPE_CHECKING:
    HoldModelAdmin = admin.ModelAdmin[Hold]
    EntryModelAdmin = admin.ModelAdmin[JournalEntry]
    RateModelAdmin = admin.ModelAdmin[Rate]
    WalletModelAdmin = admin.ModelAdmin[Wallet]
    PostingTabularInline = admin.TabularInline[Posting, JournalEntry]
else:
    HoldModelAdmin = EntryModelAdmin = RateModelAdmin = WalletModelAdmin = admin.ModelAdmin
    PostingTabularInline = admin.TabularInline


@admin.register(Wallet)
class WalletAdmin(ReadOnly, WalletModelAdmin):
    """Balances in dollars, and the page that credits an account."""

    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["user__email"]
    readonly_fields = ["user", "posted", "held", "available", "seq"]
    fields = (*readonly_fields,)

    @admin.display(description="posted", ordering="posted_micros")
    def posted(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.posted_micros)

    @admin.display(description="held", ordering="held_micros")
    def held(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.held_micros)

    @admin.display(description="available")
    def available(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.available_micros)

    @admin.display(description="credit")
    def credit_link(self, wallet: Wallet) -> SafeString:
        page = reverse("admin:wallet_wallet_credit", query={"email": wallet.user.email})
        return format_html('<a href="{}">Grant or adjust…</a>', page)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.credit_page)
        return [path("credit/", page, name="wallet_wallet_credit"), *super().get_urls()]

    def has_credit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wallet.credit_wallet")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_credit = {"may_credit": self.has_credit_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may_credit)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = ["user", "posted", "held", "available"]
        return [*columns, "credit_link"] if self.has_credit_permission(request) else columns

    def credit_page(self, request: HttpRequest) -> HttpResponse:
        """Grant or adjust, with a reason; books once however often it is sent."""
        if not self.has_credit_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            form = CreditForm(request.POST)
        else:
            email = request.GET.get("email", "")
            form = CreditForm(initial={"email": email, "nonce": uuid.uuid4()})
        if form.is_valid() and (entry := _book(request, form)):
            done = f"Entry {entry.pk} booked: {form.cleaned_data['email']}."
            messages.success(request, done)
            return HttpResponseRedirect(
                reverse("admin:wallet_journalentry_change", args=[entry.pk])
            )
        context = self.admin_site.each_context(request) | {
            "title": "Grant or adjust credit",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/wallet/wallet/credit.html", context)


def _book(request: HttpRequest, form: CreditForm) -> JournalEntry | None:
    """The journal entry of a valid form, or None with the reason among the form's errors."""
    given = form.cleaned_data
    book = services.grant if given["kind"] == JournalEntry.Kind.GRANT else services.adjust
    user: User = given["email"]
    try:
        return book(
            user=user,
            amount_micros=given["amount"],
            reason=given["reason"],
            actor=f"user:{request.user.pk}",
            idempotency_key=f"admin:{given['nonce']}",
        )
    except (ValueError, services.InsufficientBalance, services.IdempotencyConflict) as error:
        form.add_error(None, str(error))
        return None


class PostingInline(ReadOnly, PostingTabularInline):
    model = Posting
    extra = 0
    readonly_fields = ["number", "account", "user", "amount", "wallet_seq", "balance_after"]
    fields = (*readonly_fields,)

    @admin.display(description="amount")
    def amount(self, posting: Posting) -> str:
        return money.usd_exact(posting.amount_micros)

    @admin.display(description="balance after")
    def balance_after(self, posting: Posting) -> str:
        return "" if posting.posted_after is None else money.usd_exact(posting.posted_after)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnly, EntryModelAdmin):
    """The ledger, newest first."""

    list_display = ["id", "created_at", "kind", "account", "amount", "actor", "reason"]
    list_filter = ["kind", "created_at"]
    search_fields = ["postings__user__email", "reason", "request_id", "hold__job_id"]
    inlines = [PostingInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return super().get_queryset(request).prefetch_related("postings__user")

    def _customer_leg(self, entry: JournalEntry) -> Posting | None:
        return next((leg for leg in entry.postings.all() if leg.user is not None), None)

    @admin.display(description="account")
    def account(self, entry: JournalEntry) -> str:
        leg = self._customer_leg(entry)
        return str(leg.user) if leg else ""

    @admin.display(description="amount")
    def amount(self, entry: JournalEntry) -> str:
        leg = self._customer_leg(entry)
        return money.usd_exact(leg.amount_micros) if leg else ""


@admin.register(Hold)
class HoldAdmin(ReadOnly, HoldModelAdmin):
    """Money set aside for jobs."""

    list_display = ["created_at", "user", "state", "amount", "settled", "expires_at", "job_id"]
    list_filter = ["state", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "job_id"]

    @admin.display(description="amount", ordering="amount_micros")
    def amount(self, hold: Hold) -> str:
        return money.usd_exact(hold.amount_micros)

    @admin.display(description="settled", ordering="settled_micros")
    def settled(self, hold: Hold) -> str:
        return money.usd_exact(hold.settled_micros)


@admin.register(Rate)
class RateAdmin(RateModelAdmin):
    """Prices. One that has begun stays as it is: to change a price, add one that begins later."""

    form = RateForm
    readonly_fields = ["per_minute"]
    list_display = ["service", "per_minute", "effective_from", "description"]
    list_filter = ["service"]

    @admin.display(description="per minute", ordering="price_micros_per_minute")
    def per_minute(self, rate: Rate) -> str:
        return money.usd_exact(rate.price_micros_per_minute)

    def get_fields(self, request: HttpRequest, obj: Rate | None = None) -> list[Any]:
        if self.has_change_permission(request, obj):
            return ["service", "price", "effective_from", "description"]
        return ["service", "per_minute", "effective_from", "description"]

    def has_change_permission(self, request: HttpRequest, obj: Rate | None = None) -> bool:
        begun = obj is not None and obj.has_begun()
        return not begun and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Rate | None = None) -> bool:
        begun = obj is not None and obj.has_begun()
        return not begun and super().has_delete_permission(request, obj)
