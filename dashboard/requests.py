"""`/dashboard/requests/<id>/`: what became of one request, why it took so long and cost so much."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from audio_api import registry
from audio_api.jobs import interventions
from audio_api.jobs.interventions import Cancelled
from audio_api.models import Job
from audiopod.common import money
from dashboard.usage.life import life_of
from wallet.models import Hold, Posting

AGAIN = gettext_lazy("Nothing is wrong with your request. Send it again in a moment.")
TELL = gettext_lazy(
    "The server failed. Send the request again. If that fails too, give the request id to"
    " the operator of the server."
)
ADVICE: dict[str, str | Promise] = {
    "queue_unavailable": AGAIN,
    "queue_timeout": AGAIN,
    "worker_lost": AGAIN,
    "restarted": AGAIN,
    "engine_error": TELL,
    "internal_error": TELL,
}
_TOLD: dict[Cancelled, Promise] = {
    Cancelled.AT_ONCE: gettext_lazy(
        "The request was cancelled before a worker took it. Nothing was charged."
    ),
    Cancelled.ENDED: gettext_lazy("The job was cancelled. Nothing was charged."),
    Cancelled.SOON: gettext_lazy(
        "The request is being cancelled. What has reached its client is charged."
    ),
    Cancelled.KEPT: gettext_lazy(
        "The request runs to its end: it has an idempotency key, so that its client may ask for"
        " the result again."
    ),
    Cancelled.DESERTED: gettext_lazy("Its client has gone, and its worker ends the request."),
    Cancelled.OVER: gettext_lazy("The request was over already."),
}


@never_cache
@login_required
@require_safe
def request_page(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """One request. Raises Http404 for another account's. While it is open, the page asks again."""
    jobs = Job.objects.for_user(request.user).select_related("api_key")
    job = get_object_or_404(jobs, pk=job_id)
    context = {
        "job": job,
        "is_open": job.status in Job.OPEN,
        "life": life_of(job),
        "params": shown_params(job),
        "full_price_micros": money.cost_micros(job.audio_ms, job.price_micros_per_minute),
        "advice": advice_on(job.error_code),
        **_money_of(job),
    }
    return render(request, "dashboard/request.html", context)


@login_required
@require_POST
def cancel_request(request: UserRequest, job_id: uuid.UUID) -> HttpResponse:
    """Cancel it as if its client had left: only what was delivered is paid."""
    job = get_object_or_404(Job.objects.for_user(request.user), pk=job_id)
    outcome = interventions.cancel(job, interventions.BY_OWNER)
    messages.info(request, str(_TOLD[outcome]))
    return redirect("request", job_id)


def shown_params(job: Job) -> list[tuple[str, str]]:
    """How it was asked, each with the name that the API gives it."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name in registry.get(job.kind).params.SHOWN
        if (value := job.params.get(name)) not in (None, "", [], False)
    ]


def advice_on(code: str) -> str | Promise:
    """What to do about a failure: of the server, or of a kind of work."""
    of_services = {error.code: error.remedy for error in registry.errors()}
    return (ADVICE | of_services).get(code, "")


def _money_of(job: Job) -> dict[str, Any]:
    """The hold, and the line of the ledger that charged it."""
    hold = Hold.objects.filter(job_id=job.pk).first()
    legs = Posting.objects.filter(entry__hold=hold, account=Posting.Account.CUSTOMER)
    charge = legs.select_related("entry").first() if hold else None
    return {"hold": hold, "charge": charge}
