"""`/dashboard/keys/`: an account's API keys, with what each has spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import networks
from accounts.http import UserRequest
from accounts.keys.forms import ApiKeyForm
from accounts.models import ApiKey, ApiKeyQuerySet, User
from accounts.scopes import Scope, scope_choices
from audio_api.models import UsageDay
from wallet.models import TOTAL, Spending
from wallet.models.budgets import month_of

KEYS_A_PAGE = 50
OVER_SHOWN = 5
"""Keys that have ended, below those that work; the others are on pages of their own."""
DAYS = 30
SHORT_PERCENT = 90
Used = Mapping[tuple[int | None, str], int]
"""Micro-dollars by the key and the period in which they count."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a key has of a budget, in micro-dollars; what running requests hold counts as used."""

    is_monthly: bool
    used_micros: int
    limit_micros: int

    @property
    def percent(self) -> int:
        """How much is used, rounded down; a budget of nothing is used up."""
        if not self.limit_micros:
            return 100
        return min(100, 100 * self.used_micros // self.limit_micros)

    @property
    def is_short(self) -> bool:
        return self.percent >= SHORT_PERCENT


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with what it spent in the last `DAYS` days of UTC, today counted, and its budgets."""

    key: ApiKey
    spent_micros: int
    budgets: Sequence[Budget]

    @property
    def may(self) -> Sequence[str]:
        """What the key may do, in words; empty for a key that may do everything."""
        if Scope.EVERYTHING in self.key.scopes:
            return []
        labels = dict(scope_choices())
        return [str(labels[scope]) for scope in self.key.scopes if scope in labels]


@never_cache
@login_required
@require_safe
def keys(request: UserRequest) -> HttpResponse:
    """The keys that work, and the form for another; with `show=over`, those that do not."""
    user, now = request.user, timezone.now()
    shows_over = request.GET.get("show") == "over"
    over = over_keys(user, now)
    shown = over if shows_over else working_keys(user, now)
    page = Paginator(shown, KEYS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows(user, page, now),
        "shows_over": shows_over,
        "over": [] if shows_over else over[:OVER_SHOWN],
        "days": DAYS,
        "form": ApiKeyForm(),
        "address": networks.address_of(request.META.get("REMOTE_ADDR")),
    }
    return render(request, "dashboard/keys.html", context)


def working_keys(user: User, now: datetime) -> QuerySet[ApiKey]:
    """The newest first, each with whether it `is_rotated`."""
    keys = ApiKey.objects.for_user(user).filter(revoked_at__isnull=True)
    lives = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return _with_successors(keys.filter(lives))


def over_keys(user: User, now: datetime) -> QuerySet[ApiKey]:
    """Revoked and expired ones, the last to end first."""
    ended = Q(revoked_at__isnull=False) | Q(expires_at__lte=now)
    keys = _with_successors(ApiKey.objects.for_user(user).filter(ended))
    return keys.order_by(Coalesce("revoked_at", "expires_at").desc(), "-id")


def _with_successors(keys: ApiKeyQuerySet) -> QuerySet[ApiKey]:
    successors = ApiKey.objects.filter(replaces=OuterRef("pk"), revoked_at__isnull=True)
    return keys.annotate(is_rotated=Exists(successors))


def rows(user: User, page: Page[ApiKey], now: datetime) -> list[KeyRow]:
    """The keys of a page with their sums, by two queries for however many."""
    keys = list(page)
    month, spent = month_of(now), _spent(user, keys, now)
    counted = Spending.objects.filter(api_key__in=keys, period__in=[month, TOTAL])
    used = {
        (row.api_key_id, row.period): row.held_micros + row.spent_micros
        for row in counted.order_by()
    }
    return [KeyRow(key, spent.get(key.pk, 0), list(_budgets(key, used, month))) for key in keys]


def _budgets(
    key: ApiKey, used: Mapping[tuple[int | None, str], int], month: str
) -> Iterator[Budget]:
    limits = {month: key.monthly_limit_micros, TOTAL: key.total_limit_micros}
    for period, limit in limits.items():
        if limit is not None:
            yield Budget(period == month, used.get((key.pk, period), 0), limit)


def _spent(user: User, keys: Sequence[ApiKey], now: datetime) -> dict[int | None, int]:
    today = now.date()
    days = UsageDay.objects.for_user(user).between(today - timedelta(days=DAYS - 1), today)
    of_keys = days.filter(api_key__in=keys).order_by().values_list("api_key")
    return dict(of_keys.annotate(micros=Sum("cost_micros")))
