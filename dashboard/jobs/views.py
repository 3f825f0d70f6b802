"""`/dashboard/jobs/`: an account's jobs, each with its progress, its files and what can be done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from audio_api.jobs import detached, interventions
from audio_api.models import Job, JobFile
from audiopod import errors
from audiopod.common.ids import request_id_of
from audiopod.common.problem import Problem
from dashboard.jobs.filters import JobFilters, JobsForm
from dashboard.jobs.shown import ShownJob, shown
from dashboard.playground.words import for_page
from dashboard.requests import advice_on
from dashboard.usage import log
from dashboard.usage.log import Cursor
from wallet import services as wallet

JOBS_A_PAGE = 50
NUMBER_DIGITS = 16
"""Of a public id, at most."""
_REFUSALS = (Problem, wallet.InsufficientBalance, wallet.BudgetExceeded, wallet.SpendingFrozen)


# --- the list -----------------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def jobs(request: UserRequest) -> HttpResponse:
    """The list. Invalid filters are shown with the reason beside them, and no jobs."""
    form = JobsForm(request.user, request.GET.dict())
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context |= _page(form.filters, request.GET.get("before", ""))
    return render(request, "dashboard/jobs/list.html", context)


def _page(asked: JobFilters, before: str) -> dict[str, Any]:
    """A page of the list: the first one where `before` is not a cursor."""
    try:
        behind = Cursor.parse(before) if before else None
    except ValueError:
        behind = None
    found = behind.jobs(asked) if behind else asked.jobs()
    page = list(found.defer(*log.UNSEEN)[: JOBS_A_PAGE + 1])
    rows = shown(page[:JOBS_A_PAGE], roles=[JobFile.Role.OUTPUT])
    is_full = len(page) > JOBS_A_PAGE
    older = asked.url(before=str(Cursor.behind(page[JOBS_A_PAGE - 1]))) if is_full else ""
    return {
        "asked": asked,
        "rows": rows,
        "watched": [row for row in rows if row.is_open],
        "here": asked.url(before=before if behind else ""),
        "older_url": older,
        "newest_url": asked.url() if behind else "",
    }


@never_cache
@login_required
@require_safe
def open_jobs(request: UserRequest) -> HttpResponse:
    """The rows of a page that were open when they were last shown, as they are now."""
    numbers = [int(text) for text in request.GET.getlist("watch") if _is_number(text)]
    numbers = numbers[:JOBS_A_PAGE]
    found = Job.objects.for_user(request.user).detached().filter(number__in=numbers)
    rows = shown(found.defer(*log.UNSEEN), roles=[JobFile.Role.OUTPUT])
    there = {row.job.number for row in rows}
    context = {
        "rows": rows,
        "watched": [row for row in rows if row.is_open],
        "ended": [row for row in rows if not row.is_open],
        "gone": [number for number in numbers if number not in there],
    }
    return render(request, "dashboard/jobs/open.html", context)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS


# --- one job ------------------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def job_page(request: UserRequest, number: int) -> HttpResponse:
    """One job. While it is open, the page asks again for what changes."""
    row = _shown(request, number)
    context = {"row": row, "job": row.job, "advice": advice_on(row.job.error_code)}
    return render(request, "dashboard/jobs/job.html", context)


@login_required
@require_POST
def cancel_job(request: UserRequest, number: int) -> HttpResponse:
    ended = interventions.cancel(_own(request, number), interventions.BY_OWNER)
    if ended is interventions.Cancelled.OVER:
        messages.info(request, _("The job was over already."))
    else:
        messages.success(request, _("The job was cancelled. Nothing was charged."))
    return _back(request, number)


@login_required
@require_POST
def retry_job(request: UserRequest, number: int) -> HttpResponse:
    """Run it anew under its number, with a hold of its own."""
    job = _own(request, number)
    try:
        detached.retry(job, request_id=request_id_of(request))
    except _REFUSALS as error:
        messages.error(request, for_page(errors.problem_of(error)).message)
    else:
        messages.success(request, _("The job runs again."))
    return _back(request, number)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def delete_job(request: UserRequest, number: int) -> HttpResponse:
    """Delete a job, after its page has said what is lost."""
    if request.method == "POST":
        detached.delete(_own(request, number))
        messages.success(request, _("The job is deleted, and its files are erased."))
        return redirect("jobs")
    return render(request, "dashboard/jobs/delete.html", {"row": _shown(request, number)})


def _own(request: UserRequest, number: int) -> Job:
    """A job of the reader's. Raises Http404 for another account's."""
    mine = Job.objects.for_user(request.user).detached().select_related("user", "api_key")
    return get_object_or_404(mine, number=number)


def _shown(request: UserRequest, number: int) -> ShownJob:
    roles = [JobFile.Role.UPLOAD, JobFile.Role.OUTPUT]
    [row] = shown([_own(request, number)], roles=roles)
    return row


def _back(request: UserRequest, number: int) -> HttpResponse:
    """Redirect to the page that had the button."""
    if request.POST.get("from") == "list":
        return redirect("jobs")
    return redirect("job", number)
