"""Balances in the admin, and the page that credits an account."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from accounts.models import User
from audiopod.common import money
from wallet import services
from wallet.admin.forms import CreditForm
from wallet.admin.staff_log import log_once
from wallet.models import JournalEntry, Wallet

if TYPE_CHECKING:
    WalletModelAdmin = admin.ModelAdmin[Wallet]
else:
    WalletModelAdmin = admin.ModelAdmin


@admin.register(Wallet)
class WalletAdmin(ReadOnly, WalletModelAdmin):
    """Balances in dollars, and the page that credits an account."""

    list_select_related = ["user"]
    list_filter = ["is_frozen"]
    search_fields = ["user__email"]
    ordering = ["user__email"]
    readonly_fields = ["user", "posted", "held", "available", "debt", "is_frozen", "seq"]
    fields = (*readonly_fields,)

    @admin.display(description=_("posted"), ordering="posted_micros")
    def posted(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.posted_micros)

    @admin.display(description=_("held"), ordering="held_micros")
    def held(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.held_micros)

    @admin.display(description=_("available"))
    def available(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.available_micros)

    @admin.display(description=_("debt"), ordering="debt_micros")
    def debt(self, wallet: Wallet) -> str:
        return money.usd_exact(wallet.debt_micros)

    @admin.display(description=_("credit"))
    def credit_link(self, wallet: Wallet) -> SafeString:
        page = reverse("admin:wallet_wallet_credit", query={"email": wallet.user.email})
        return format_html('<a href="{}">{}</a>', page, _("Grant or adjust…"))

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
        columns = ["user", "posted", "held", "available", "debt", "is_frozen"]
        return [*columns, "credit_link"] if self.has_credit_permission(request) else columns

    def credit_page(self, request: HttpRequest) -> HttpResponse:
        """Grant or adjust, with a reason: shown once more before it is booked, and booked once
        however often it is sent."""
        if not self.has_credit_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            form = CreditForm(request.POST)
        else:
            email = request.GET.get("email", "")
            form = CreditForm(initial={"email": email, "nonce": uuid.uuid4()})
        is_shown = "confirmed" not in request.POST
        if form.is_valid() and not is_shown and (entry := self._book(request, form)):
            done = _("Entry %(number)s booked: %(email)s.")
            told = {"number": entry.pk, "email": form.cleaned_data["email"]}
            messages.success(request, done % told)
            return HttpResponseRedirect(
                reverse("admin:wallet_journalentry_change", args=[entry.pk])
            )
        context = self.admin_site.each_context(request) | {
            "title": _("Grant or adjust credit"),
            "opts": self.opts,
            "form": form,
            "preview": _preview(form) if is_shown and form.is_valid() else None,
        }
        return TemplateResponse(request, "admin/wallet/wallet/credit.html", context)

    def _book(self, request: HttpRequest, form: CreditForm) -> JournalEntry | None:
        """The journal entry of a valid form, or None with the reason among the form's errors."""
        given = form.cleaned_data
        book = services.grant if given["kind"] == JournalEntry.Kind.GRANT else services.adjust
        user: User = given["email"]
        try:
            with transaction.atomic():
                entry = book(
                    user=user,
                    amount_micros=given["amount"],
                    reason=given["reason"],
                    actor=f"user:{request.user.pk}",
                    idempotency_key=f"admin:{given['nonce']}",
                )
                amount = money.usd_exact(given["amount"])
                log_once(request, entry, f"{amount} for {user.email}: {given['reason']}")
        except (ValueError, services.InsufficientBalance, services.IdempotencyConflict) as error:
            form.add_error(None, str(error))
            return None
        return entry


def _preview(form: CreditForm) -> dict[str, Any]:
    """What a valid form is about to do to whom."""
    given = form.cleaned_data
    user: User = given["email"]
    balance = services.balance(user)
    paid = min(balance.debt_micros, max(0, given["amount"]))
    return {
        "user": user,
        "kind": dict(form.fields["kind"].choices)[given["kind"]],  # type: ignore[attr-defined]
        "amount_micros": given["amount"],
        "reason": given["reason"],
        "before_micros": balance.available_micros,
        "after_micros": balance.available_micros + given["amount"] - paid,
        "debt_paid_micros": paid,
    }
