"""Payments in the admin: all to read, a payment to give back, a failed event to try again."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.read_only import ReadOnly
from audiopod.common import money
from wallet import services, stripe_events
from wallet.admin.forms import RefundForm
from wallet.admin.staff_log import log_once
from wallet.gateway import GatewayError
from wallet.models import AutoRecharge, Dispute, Refund, StripeCustomer, StripeEvent, Topup
from wallet.refunds import claim_of, refund

if TYPE_CHECKING:
    TopupModelAdmin = admin.ModelAdmin[Topup]
    RefundModelAdmin = admin.ModelAdmin[Refund]
    DisputeModelAdmin = admin.ModelAdmin[Dispute]
    EventModelAdmin = admin.ModelAdmin[StripeEvent]
    CustomerModelAdmin = admin.ModelAdmin[StripeCustomer]
    OrderModelAdmin = admin.ModelAdmin[AutoRecharge]
else:
    TopupModelAdmin = RefundModelAdmin = DisputeModelAdmin = admin.ModelAdmin
    EventModelAdmin = CustomerModelAdmin = OrderModelAdmin = admin.ModelAdmin


def _may_refund(request: HttpRequest) -> bool:
    return request.user.has_perm("wallet.refund_topup")


@admin.register(Topup)
class TopupAdmin(ReadOnly, TopupModelAdmin):
    """Attempts to pay, and the page that gives a payment back."""

    list_display = ["created_at", "user", "kind", "status", "amount", "paid", "refunded", "error"]
    list_filter = ["status", "kind", "livemode", "created_at"]
    list_select_related = ["user"]
    search_fields = ["id", "user__email", "payment_intent_id", "session_id"]
    exclude = ["url", "amount_cents", "paid_cents", "refunded_cents"]
    readonly_fields = ["amount", "paid", "refunded", "give_back"]

    @admin.display(description=_("amount"), ordering="amount_cents")
    def amount(self, topup: Topup) -> str:
        return money.usd_cents(topup.amount_cents)

    @admin.display(description=_("paid"), ordering="paid_cents")
    def paid(self, topup: Topup) -> str:
        return money.usd_cents(topup.paid_cents)

    @admin.display(description=_("refunded"), ordering="refunded_cents")
    def refunded(self, topup: Topup) -> str:
        return money.usd_cents(topup.refunded_cents)

    @admin.display(description=_("refund"))
    def give_back(self, topup: Topup) -> SafeString | str:
        if topup.refunded_cents >= topup.paid_cents:
            return gettext("nothing left to give back")
        page = reverse("admin:wallet_topup_refund", args=[topup.pk])
        return format_html('<a href="{}">{}</a>', page, _("Refund…"))

    def get_fields(self, request: HttpRequest, obj: Topup | None = None) -> list[Any]:
        fields = list(super().get_fields(request, obj))
        return fields if _may_refund(request) else [f for f in fields if f != "give_back"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.refund_page)
        refund_page = path("<uuid:topup_id>/refund/", page, name="wallet_topup_refund")
        return [refund_page, *super().get_urls()]

    def refund_page(self, request: HttpRequest, topup_id: uuid.UUID) -> HttpResponse:
        """Give back all or a part, with a reason; once however often it is sent."""
        if not _may_refund(request):
            raise PermissionDenied
        topup = Topup.objects.filter(pk=topup_id, status=Topup.Status.COMPLETED).first()
        if topup is None:
            raise Http404("There is no paid top-up of this id.")
        if request.method == "POST":
            form = RefundForm(request.POST, topup=topup)
        else:
            form = RefundForm(initial={"nonce": uuid.uuid4()}, topup=topup)
        if form.is_valid() and (made := _give_back(request, form)):
            amount = money.usd_cents(made.amount_cents)
            log_once(request, made, f"{amount} to {topup.user.email}: {made.reason}")
            said = _("Refund %(id)s of %(amount)s is %(status)s.")
            told = {"id": made.pk, "amount": amount, "status": made.status}
            messages.success(request, said % told)
            # the admin reads an underscore as the beginning of an escape: re_3CAB
            page = reverse("admin:wallet_refund_change", args=[quote(made.pk)])
            return HttpResponseRedirect(page)
        return self._render(request, topup, form)

    def _render(self, request: HttpRequest, topup: Topup, form: RefundForm) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Refund a payment"),
            "opts": self.opts,
            "form": form,
            "topup": topup,
            "paid": money.usd_cents(topup.paid_cents),
            "left": money.usd_cents(form.left_cents),
            "available_micros": services.available(topup.user),
            "claim": claim_of(topup, form.left_cents),
        }
        return TemplateResponse(request, "admin/wallet/topup/refund.html", context)


def _give_back(request: HttpRequest, form: RefundForm) -> Refund | None:
    """The refund of a valid form, or None with the reason among the form's errors."""
    given = form.cleaned_data
    try:
        return refund(
            form.topup,
            amount_cents=given["amount"],
            reason=given["reason"],
            actor=f"user:{request.user.pk}",
            idempotency_key=f"refund:{given['nonce']}",
        )
    except (GatewayError, services.PaymentConflict) as error:
        form.add_error(None, str(error))
        return None


@admin.register(Refund)
class RefundAdmin(ReadOnly, RefundModelAdmin):
    """Money that went back to cards."""

    list_display = ["created_at", "account", "amount", "clawed_back", "status", "reason", "actor"]
    list_filter = ["status", "created_at"]
    list_select_related = ["topup__user"]
    search_fields = ["id", "topup__user__email", "topup__payment_intent_id", "reason"]
    exclude = ["amount_cents", "clawed_back_micros"]
    readonly_fields = ["amount", "clawed_back"]

    @admin.display(description=_("account"))
    def account(self, refund: Refund) -> str:
        return refund.topup.user.email

    @admin.display(description=_("amount"), ordering="amount_cents")
    def amount(self, refund: Refund) -> str:
        return money.usd_cents(refund.amount_cents)

    @admin.display(description=_("taken from the wallet"), ordering="clawed_back_micros")
    def clawed_back(self, refund: Refund) -> str:
        return money.usd_exact(refund.clawed_back_micros)


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, DisputeModelAdmin):
    """Payments that a customer's bank takes back, or asks about."""

    list_display = ["created_at", "account", "amount", "withdrawn", "status", "is_freezing"]
    list_filter = ["status", "is_freezing", "created_at"]
    list_select_related = ["topup__user"]
    search_fields = ["id", "topup__user__email", "topup__payment_intent_id"]
    exclude = ["amount_cents", "withdrawn_micros"]
    readonly_fields = ["amount", "withdrawn"]

    @admin.display(description=_("account"))
    def account(self, dispute: Dispute) -> str:
        return dispute.topup.user.email

    @admin.display(description=_("amount"), ordering="amount_cents")
    def amount(self, dispute: Dispute) -> str:
        return money.usd_cents(dispute.amount_cents)

    @admin.display(description=_("taken from the wallet"), ordering="withdrawn_micros")
    def withdrawn(self, dispute: Dispute) -> str:
        return money.usd_exact(dispute.withdrawn_micros)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, EventModelAdmin):
    """What Stripe told us, and what became of it."""

    list_display = ["created_at", "type", "object_id", "status", "outcome", "deliveries"]
    list_filter = ["status", "type", "livemode", "created_at"]
    search_fields = ["id", "object_id", "outcome"]
    exclude = ["payload"]
    readonly_fields = ["content"]
    actions = ["process_again"]

    @admin.display(description=_("content"))
    def content(self, event: StripeEvent) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2))

    def has_process_permission(self, request: HttpRequest) -> bool:
        return _may_refund(request)

    @admin.action(description=_("Process again what has failed"), permissions=["process"])
    def process_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        """As if Stripe sent it once more; in its order, and once as ever."""
        failed = events.filter(status=StripeEvent.Status.FAILED).order_by("created_at", "id")
        for event in failed:
            receipt = stripe_events.handle(event.payload)
            self.log_change(request, event, f"Processed again: {receipt.outcome}")
            level = messages.SUCCESS if receipt.is_settled else messages.ERROR
            self.message_user(request, f"{event}: {receipt.outcome}", level)
        if not failed:
            self.message_user(request, _("None of these has failed."), messages.WARNING)


@admin.register(StripeCustomer)
class StripeCustomerAdmin(ReadOnly, CustomerModelAdmin):
    """Who accounts are to Stripe."""

    list_display = ["user", "customer_id", "livemode", "created_at"]
    list_filter = ["livemode"]
    list_select_related = ["user"]
    search_fields = ["user__email", "customer_id"]


@admin.register(AutoRecharge)
class AutoRechargeAdmin(ReadOnly, OrderModelAdmin):
    """Standing orders, with what was consented to."""

    list_display = ["user", "is_enabled", "state", "threshold", "amount", "card", "next_try_at"]
    list_filter = ["is_enabled", "state", "livemode"]
    list_select_related = ["user"]
    search_fields = ["user__email", "payment_method_id"]
    exclude = ["threshold_micros", "amount_cents", "monthly_cap_cents"]
    readonly_fields = ["threshold", "amount", "monthly_cap"]

    @admin.display(description=_("below"), ordering="threshold_micros")
    def threshold(self, order: AutoRecharge) -> str:
        return money.usd_exact(order.threshold_micros)

    @admin.display(description=_("amount"), ordering="amount_cents")
    def amount(self, order: AutoRecharge) -> str:
        return money.usd_cents(order.amount_cents)

    @admin.display(description=_("at most in a month"))
    def monthly_cap(self, order: AutoRecharge) -> str:
        return money.usd_cents(order.monthly_cap_cents)
