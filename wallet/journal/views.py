"""`/dashboard/wallet/ledger/`: every movement of an account's money, on pages and as CSV."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from wallet.journal.export import csv_of
from wallet.journal.filters import LedgerFilters, LedgerForm
from wallet.journal.paging import page

MAX_DIGITS = 18


@never_cache
@login_required
@require_safe
def ledger(request: UserRequest) -> HttpResponse:
    """What is asked for by the URL; a form that makes no sense is shown with what is wrong."""
    form = LedgerForm(request.user, request.GET)
    if not form.is_valid():
        return render(request, "wallet/ledger.html", {"form": form})
    asked, before = form.filters, _number(request.GET.get("before", ""))
    found = page(asked, before=before)
    context = {
        "form": form,
        "asked": asked,
        "page": found,
        "lines": found.lines,
        "older": asked.url(before=found.before) if found.before else "",
        "is_first": before is None,
    }
    return render(request, "wallet/ledger.html", context)


def _number(text: str) -> int | None:
    is_one = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return int(text) if is_one else None


@never_cache
@login_required
@require_safe
def ledger_csv(request: UserRequest) -> HttpResponseBase:
    """The same lines as a file. What makes no sense leads back to the page, which says so."""
    form = LedgerForm(request.user, request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('ledger')}?{request.GET.urlencode()}")
    response = StreamingHttpResponse(csv_of(form.filters), content_type="text/csv; charset=utf-8")
    name = _file_name(form.filters)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file_name(asked: LedgerFilters) -> str:
    """audiopod-ledger-2026-11-01-2026-11-30.csv"""
    days = [day.isoformat() for day in (asked.first, asked.last) if day]
    return "-".join(["audiopod-ledger", *days]) + ".csv"
