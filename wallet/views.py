"""The wallet's pages: what there is, topping up, promo codes, auto-recharge and limits.

Whatever is entered and refused is shown again as it was entered, with the reason beside it.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import limits, networks
from accounts.http import UserRequest
from accounts.signin.recent_login import recent_login_required_to_post
from audiopod.common import features, money
from audiopod.common.months import months_back
from audiopod.common.problem import Problem
from wallet import auto_recharge, journal, payment_hosts, recent, services, topups
from wallet.forms import AutoRechargeForm, LimitsForm, PromoForm, TopupForm
from wallet.gateway import (
    CardDeclined,
    GatewayError,
    GatewayRefused,
    SavedCard,
    gateway,
    is_configured,
    is_demo,
    is_live,
)
from wallet.models import AutoRecharge, StripeCustomer, Topup, Wallet

MONTHS_SHOWN = 6
TOPUPS_A_PAGE = 50
MAX_CHECKS = 40
"""How often a page that waits for a payment asks again by itself, every `CHECK_SECONDS`."""
CHECK_SECONDS = 3


# --- the wallet ---------------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def wallet(request: UserRequest) -> HttpResponse:
    return _wallet(request)


def _wallet(request: UserRequest, **forms: Form) -> HttpResponse:
    """The whole page; `forms` are those that were sent and refused."""
    user = request.user
    now = timezone.now()
    months = list(months_back(until=now, since=user.date_joined))
    purse = Wallet.objects.filter(pk=user.pk).first() or Wallet(user=user)
    order = AutoRecharge.objects.filter(pk=user.pk).first()
    shown, unpaid = recent.topups(user)
    context = {
        "wallet": purse,
        "set_aside_micros": recent.set_aside_micros(user) if purse.is_frozen else 0,
        "can_pay": is_configured(),
        "may_top_up": features.is_on(features.TOP_UP),
        "may_redeem": features.is_on(features.PROMO_CODES),
        "is_demo": is_demo(),
        "has_paid": StripeCustomer.objects.filter(user=user, livemode=is_live()).exists(),
        "order": order,
        "paused_until": auto_recharge.paused_until(order, now) if order else None,
        "topups": shown,
        "unpaid": unpaid,
        "lines": journal.newest(user),
        "months": months[:MONTHS_SHOWN],
        "older_months": months[MONTHS_SHOWN:],
        "default_warning_micros": settings.LOW_BALANCE_MICROS,
        "topup_form": TopupForm(),
        "promo_form": PromoForm(),
        "limits_form": LimitsForm.of(user),
    }
    for form in forms.values():
        _lead_to_error(form)
    response = render(request, "wallet/wallet.html", context | forms)
    return payment_hosts.allow(response)


def _lead_to_error(form: Form) -> None:
    """The first field that is wrong is in sight when the page is shown again."""
    wrong = next((name for name in form.errors if name in form.fields), None)
    if wrong:
        form.fields[wrong].widget.attrs["autofocus"] = True


# --- topping up ---------------------------------------------------------------------------------
@never_cache
@login_required
@require_POST
def top_up(request: UserRequest) -> HttpResponse:
    """To the page where it is paid. The same form sent twice leads to the same page."""
    form = TopupForm(request.POST)
    if form.is_valid():
        try:
            limits.count_account_change(request.user)
            return _to_payment(_begun(request, form))
        except (topups.InvalidAmount, services.IdempotencyConflict, GatewayError, Problem) as error:
            form.add_error(None, str(error))
    return _wallet(request, topup_form=form)


def _begun(request: UserRequest, form: TopupForm) -> Topup:
    """The top-up of this form; a new one where the first was not paid and can't be any more."""
    user, given = request.user, form.cleaned_data
    topup_id = form.topup_id(user)
    first = Topup.objects.for_user(user).filter(pk=topup_id).first()
    if first and _is_over(first):
        topup_id = uuid.uuid4()
    return topups.start_checkout(
        user, given["amount_cents"], save_card=given["save_card"], topup_id=topup_id
    )


def _is_over(topup: Topup) -> bool:
    if topup.status in (Topup.Status.FAILED, Topup.Status.EXPIRED):
        return True
    closed = topup.expires_at is not None and topup.expires_at <= timezone.now()
    return closed and topup.status in (Topup.Status.CREATED, Topup.Status.OPEN)


def _to_payment(topup: Topup) -> HttpResponse:
    """A page whose host browsers would not be led to by a form is offered as a link instead."""
    if topup.status == Topup.Status.OPEN and payment_hosts.may_lead_to(topup.url):
        return redirect(topup.url)
    return redirect("topup-done", topup.pk)


@never_cache
@login_required
@require_safe
def all_topups(request: UserRequest) -> HttpResponse:
    """Every payment, some on a page; those that came to nothing are a list of their own."""
    is_unpaid = request.GET.get("show") == "unpaid"
    shown = (recent.unpaid_topups if is_unpaid else recent.paid_topups)(request.user)
    page = Paginator(shown, TOPUPS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "wallet/topups.html", {"page": page, "is_unpaid": is_unpaid})


@never_cache
@login_required
@require_safe
def topup_done(request: UserRequest, topup_id: uuid.UUID) -> HttpResponse:
    """Where the payment page leads back to. It only reads: the provider tells us by itself."""
    return _topup(request, topup_id)


@never_cache
@login_required
@require_safe
def topup_cancelled(request: UserRequest, topup_id: uuid.UUID) -> HttpResponse:
    """The customer came back without paying; they still can."""
    return _topup(request, topup_id, is_cancelled=True)


def _topup(
    request: UserRequest, topup_id: uuid.UUID, *, is_cancelled: bool = False
) -> HttpResponse:
    mine = recent.with_disputes(Topup.objects.for_user(request.user))
    topup = get_object_or_404(mine, pk=topup_id)
    is_over, checks = _is_over(topup), _checks_so_far(request)
    is_unpaid = topup.status in (Topup.Status.CREATED, Topup.Status.OPEN)
    is_cancelled = is_cancelled and is_unpaid
    is_waiting = topup.status in Topup.UNFINISHED and not is_over and not is_cancelled
    context = {
        "topup": topup,
        "can_pay": is_configured(),
        "is_demo": is_demo(),
        "is_cancelled": is_cancelled,
        "is_waiting": is_waiting,
        "can_still_pay": bool(topup.url) and topup.status == Topup.Status.OPEN,
        "is_over": is_over,
        "looks_again": checks < MAX_CHECKS,
        "check_seconds": CHECK_SECONDS,
        "max_checks": MAX_CHECKS,
    }
    response = render(request, "wallet/topup.html", context)
    if is_waiting and checks < MAX_CHECKS:
        response.headers["Refresh"] = f"{CHECK_SECONDS};url=?checks={checks + 1}"
    return response


def _checks_so_far(request: UserRequest) -> int:
    given = request.GET.get("checks", "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 else MAX_CHECKS


@never_cache
@login_required
@require_POST
def portal(request: UserRequest) -> HttpResponse:
    """To the provider's own page for cards and receipts."""
    try:
        provider = gateway()
        back = f"{settings.PUBLIC_URL}{reverse('wallet')}"
        return redirect(provider.portal_url(provider.ensure_customer(request.user), back))
    except GatewayError as error:
        messages.error(request, str(error))
        return redirect("wallet")


# --- promo codes and limits ---------------------------------------------------------------------
@never_cache
@login_required
@require_POST
def redeem(request: UserRequest) -> HttpResponse:
    form = PromoForm(request.POST)
    if form.is_valid():
        try:
            limits.count_account_change(request.user)
            entry = services.redeem(user=request.user, code=form.cleaned_data["code"])
        except (services.PromoRefused, Problem) as error:
            form.add_error("code", str(error))
        else:
            given = entry.promo_redemption.code.amount_micros
            messages.success(request, _("%s added.") % money.usd_exact(given))
            return redirect("wallet")
    return _wallet(request, promo_form=form)


@never_cache
@login_required
@require_POST
def set_limits(request: UserRequest) -> HttpResponse:
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _wallet(request, limits_form=form)
    form.save(request.user)
    messages.success(request, _("Budget and warning saved."))
    return redirect("wallet")


# --- auto-recharge ------------------------------------------------------------------------------
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@recent_login_required_to_post(lambda request: "enabled" in request.POST)
def recharge(request: UserRequest) -> HttpResponse:
    """The standing order. A page of its own, for it asks the provider which cards are saved.

    Who turns it on shows once more who they are; turning it off is never in anybody's way.
    """
    user = request.user
    order = AutoRecharge.objects.filter(pk=user.pk).first() or AutoRecharge(user=user)
    cards, trouble = _saved_cards(request)
    form = AutoRechargeForm(
        request.POST or None,
        cards=cards,
        initial=AutoRechargeForm.initial_of(order, cards),
    )
    if request.method == "POST" and form.is_valid() and _configured(request, form):
        messages.success(request, _("Auto-recharge saved."))
        return redirect("wallet")
    context = {
        "form": form,
        "order": order,
        "cards": cards,
        "trouble": trouble,
        "can_pay": is_configured(),
        "is_demo": is_demo(),
    }
    return render(request, "wallet/recharge.html", context)


def _saved_cards(request: UserRequest) -> tuple[list[SavedCard], str]:
    """The cards, or why they are not known."""
    customer = StripeCustomer.objects.filter(user=request.user, livemode=is_live()).first()
    if customer is None or not is_configured():
        return [], ""
    try:
        return gateway().saved_cards(customer.customer_id), ""
    except GatewayRefused:  # the provider does not know the customer any more
        return [], ""
    except GatewayError as error:
        return [], str(error)


def _configured(request: UserRequest, form: AutoRechargeForm) -> bool:
    address = networks.address_of(request.META.get("REMOTE_ADDR"))
    try:
        auto_recharge.configure(
            request.user, ip=str(address) if address else None, **form.cleaned_data
        )
    except (auto_recharge.InvalidAutoRecharge, GatewayError, CardDeclined) as error:
        form.add_error(None, str(error))
        return False
    return True
