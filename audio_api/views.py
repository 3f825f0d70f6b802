"""The front page for visitors and the overview for those who are logged in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.forms import ApiKeyForm
from accounts.models import ApiKey, User
from accounts.views import UserRequest
from audio_api.models import Job
from wallet import pricing
from wallet.services import balance

RECENT_JOBS = 20
KEYS_SHOWN = 100
REVOKED_KEYS_SHOWN = 10
PLACEHOLDER_KEY = "YOUR_API_KEY"


def snippet_values() -> dict[str, str]:
    """What the three snippets need while no key of the reader's is known."""
    return {"base_url": f"{settings.PUBLIC_URL}/api/v1", "api_key": PLACEHOLDER_KEY}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"prices": pricing.prices_now(), **snippet_values()})


@never_cache
@login_required
@require_safe
def dashboard(request: UserRequest) -> HttpResponse:
    user, now = request.user, timezone.now()
    context = {
        "now": now,
        "balance": balance(user),
        "month": spent_since(user, month_start(now)),
        "jobs": recent_jobs(user),
        "key_form": ApiKeyForm(),
        **keys_of(user),
        **snippet_values(),
    }
    return render(request, "audio_api/dashboard.html", context)


def month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def spent_since(user: User, start: datetime) -> dict[str, int]:
    """`micros` paid for jobs that began since `start`, and how many `requests` there were."""
    jobs = Job.objects.for_user(user).filter(created_at__gte=start)
    return jobs.aggregate(micros=Coalesce(Sum("cost_micros"), 0), requests=Count("pk"))


def recent_jobs(user: User) -> QuerySet[Job]:
    """The newest jobs, without the texts that they were asked to speak."""
    return Job.objects.for_user(user).select_related("api_key").defer("params")[:RECENT_JOBS]


def keys_of(user: User) -> dict[str, Any]:
    keys = ApiKey.objects.for_user(user)
    return {
        "keys": keys.filter(revoked_at__isnull=True)[:KEYS_SHOWN],
        "revoked_keys": keys.filter(revoked_at__isnull=False).order_by("-revoked_at")[
            :REVOKED_KEYS_SHOWN
        ],
    }
