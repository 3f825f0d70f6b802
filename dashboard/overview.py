"""`/dashboard/`: balance, spend and errors of an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.models import ApiKey, User
from audio_api.models import Job, UsageDay
from dashboard.site import snippet_values
from dashboard.usage import chart, log, sums
from dashboard.usage.filters import UsageFilters, today
from wallet.gateway import is_configured
from wallet.models import Topup
from wallet.services import balance

RECENT_JOBS = 10
DAYS = 30


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first things to do. It ticks itself."""

    words: str
    detail: str
    url: str
    is_done: bool


@never_cache
@login_required
@require_safe
def dashboard(request: UserRequest) -> HttpResponse:
    user, now = request.user, today()
    days = sums.by_day(UsageFilters(user=user, first=now - timedelta(days=DAYS - 1), last=now))
    month = UsageDay.objects.for_user(user).between(now.replace(day=1), now)
    steps = list(first_steps(user))
    context = {
        "today": now,
        "balance": balance(user),
        "month": sums.used_between(month),
        "recent": sums.total(days.values()),
        "chart": chart.draw(days.items()),
        "jobs": recent_jobs(user),
        "steps": [] if all(step.is_done for step in steps) else steps,
        **snippet_values(),
    }
    return render(request, "dashboard/overview.html", context)


def recent_jobs(user: User) -> QuerySet[Job]:
    """The newest jobs, without the texts that they were asked to speak."""
    return Job.objects.for_user(user).select_related("api_key").defer(*log.UNSEEN)[:RECENT_JOBS]


def first_steps(user: User) -> Iterator[Step]:
    """The first things that a newcomer does; without payments where the server takes none."""
    yield Step(
        _("Make an API key"),
        _("A program proves with it that it acts for you."),
        reverse("key-create"),
        ApiKey.objects.for_user(user).exists(),
    )
    yield Step(
        _("Make your first request"),
        _("With curl or an SDK of OpenAI, as below, or in the playground."),
        "#call",
        Job.objects.for_user(user).exists(),
    )
    if is_configured():
        yield Step(
            _("Top up your wallet"),
            _("Requests are paid in advance, by the second of audio."),
            reverse("wallet"),
            Topup.objects.for_user(user).filter(status=Topup.Status.COMPLETED).exists(),
        )
