"""How a run ended and what it cost, for the page that made it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.models import User
from audio_api.models import Job
from audiopod.common import upload_pass
from audiopod.common.money import usd, usd_exact
from wallet.services import balance


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """sentence: cost, length and balance in words; url: the request's page; left: the balance."""

    job: Job
    sentence: str
    url: str
    left: str

    @property
    def is_over(self) -> bool:
        return self.job.status not in Job.OPEN


def outcome_of(user: User, job: Job) -> RunOutcome:
    left = usd(balance(user).available_micros)
    return RunOutcome(job, _sentence(job, left), reverse("request", args=[job.pk]), left)


@never_cache
@login_required
@require_safe
def outcome(request: UserRequest, request_id: str) -> HttpResponse:
    """JSON for the page, which asks once its run has ended, or was stopped, until it is paid."""
    # one request makes one job; a job of another account is not found
    job = Job.objects.for_user(request.user).filter(request_id=request_id).first()
    if job is None:
        raise Http404
    found = outcome_of(request.user, job)
    body = {
        "is_over": found.is_over,
        "status": job.status,
        "cost_micros": job.cost_micros,
        "cost": usd_exact(job.cost_micros),
        "seconds": job.audio_seconds,
        "sentence": found.sentence,
        "url": found.url,
        "available": gettext("%(left)s available") % {"left": found.left},
    }
    return JsonResponse(body)


@never_cache
@login_required
@require_safe
def give_upload_pass(request: UserRequest) -> HttpResponse:
    """A pass for a recording that is larger than a form may be."""
    return JsonResponse({"header": upload_pass.HEADER, "pass": upload_pass.make(request.user.pk)})


def _sentence(job: Job, left: str) -> str:
    if job.status == Job.Status.FAILED:
        return gettext("It failed, and cost nothing. Your balance is %(left)s.") % {"left": left}
    seconds = round(job.audio_seconds, 1)
    # "one second" is for exactly one: 1.4 takes the other form, as 0 does
    length = ngettext("%(seconds)s second", "%(seconds)s seconds", 1 if seconds == 1 else 2)
    words = {
        "cost": usd_exact(job.cost_micros),
        "length": length % {"seconds": f"{seconds:g}"},
        "left": left,
    }
    if job.status == Job.Status.CANCELLED:
        return (
            gettext("Stopped: %(cost)s for the %(length)s you had. You have %(left)s left.") % words
        )
    return gettext("%(cost)s for %(length)s of audio. You have %(left)s left.") % words
