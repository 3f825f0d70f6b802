"""`/dashboard/webhooks/log/`: what was sent, what came back, and sending it again."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from accounts.http import UserRequest
from audiopod.common.problem import Problem
from webhooks import outbox
from webhooks.forms import LogForm
from webhooks.models import Delivery, DeliveryQuerySet
from webhooks.sending import Failure

DELIVERIES_A_PAGE = 50


@never_cache
@login_required
@require_safe
def log(request: UserRequest) -> HttpResponse:
    """All deliveries, by endpoint and by what became of them."""
    form = LogForm(request.GET or None, user=request.user)
    found = _found(form, Delivery.objects.for_user(request.user))
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    page = {
        "form": form,
        "page": Paginator(found, DELIVERIES_A_PAGE).get_page(request.GET.get("page")),
        "asked": urlencode(asked),
        "is_filtered": bool(asked),
    }
    return render(request, "webhooks/log.html", page)


def _found(form: LogForm, deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
    asked = form.cleaned_data if form.is_valid() else {}
    if endpoint := asked.get("endpoint"):
        deliveries = deliveries.filter(receiver__endpoint=endpoint)
    if status := asked.get("status"):
        deliveries = deliveries.filter(status=status)
    return deliveries


@never_cache
@login_required
@require_safe
def delivery(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """One delivery. While it is on its way, the page asks again for what changes."""
    found = _own(request, ident)
    page = {
        "delivery": found,
        "tries": [(each, words_for(each.error)) for each in found.tries.all()],
        "error": words_for(found.error),
        # between attempts there is nothing to wait for
        "is_on_its_way": found.is_open and found.attempts == 0,
    }
    return render(request, "webhooks/delivery.html", page)


@login_required
@require_POST
def redeliver(request: UserRequest, ident: uuid.UUID) -> HttpResponse:
    """Send an event once more, and lead to the page that tells what comes of it."""
    found = _own(request, ident)
    try:
        limits.count_account_change(request.user)
    except Problem as problem:
        messages.error(request, str(problem))
        return redirect("webhook-delivery", ident)
    return redirect("webhook-delivery", outbox.write_again(found).pk)


def words_for(error: str) -> str:
    """Why there was no answer, for people."""
    return str(Failure(error).label) if error in Failure.values else ""


def _own(request: UserRequest, ident: uuid.UUID) -> Delivery:
    """A delivery of this account. Raises Http404, for those of others too."""
    return get_object_or_404(Delivery.objects.for_user(request.user), pk=ident)
