"""`/dashboard/usage/`: what was used, by day, key, endpoint and voice, and every request of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from dashboard.usage import chart, export, log, sums
from dashboard.usage.filters import UsageFilters, UsageForm, today
from dashboard.usage.log import Cursor
from dashboard.usage.sums import GROUPS_SHOWN, Group, Used

REQUESTS_A_PAGE = 50
WAYS = ("key", "endpoint", "voice")
SHOWN = ("cost", "requests")


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to another view of the page."""

    words: str
    url: str
    is_current: bool


@never_cache
@login_required
@require_safe
def usage(request: UserRequest) -> HttpResponse:
    """The page. Invalid filters are shown with the reason beside them, and no usage."""
    form = UsageForm(request.user, request.GET.dict())
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context |= _results(form.filters, request.GET.dict())
    return render(request, "dashboard/usage.html", context)


@never_cache
@login_required
@require_safe
def usage_csv(request: UserRequest) -> HttpResponseBase:
    """What the page shows with the same filters: the log, or its sums `by` one of its groups."""
    form = UsageForm(request.user, request.GET.dict())
    by = request.GET.get("by", "")
    if not form.is_valid() or by not in {"", *export.NAMES}:
        return render(request, "dashboard/usage.html", {"form": form}, status=400)
    asked = form.filters
    text = export.sums_csv(asked, by) if by else export.log_csv(asked)
    name = f"audiopod-usage-{by or 'requests'}-{asked.first}-{asked.last}.csv"
    return StreamingHttpResponse(
        _streamed(text),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _streamed(pieces: Iterator[str]) -> AsyncIterator[bytes]:
    """Piece by piece, each made in the thread of the request when the one before is sent."""
    following = sync_to_async(lambda: next(pieces, None), thread_sensitive=True)
    while (piece := await following()) is not None:
        yield piece.encode()


def _results(asked: UsageFilters, query: dict[str, str]) -> dict[str, Any]:
    by = query["by"] if query.get("by") in WAYS else WAYS[0]
    shows = query["show"] if query.get("show") in SHOWN else SHOWN[0]
    view = {"by": by, "show": shows}
    days = sums.by_day(asked)
    total = sums.total(days.values())
    return {
        "asked": asked,
        "total": total,
        "chart": chart.draw(days.items(), shows=shows),
        "shows": _shows(asked, view),
        "by": by,
        "ways": _ways(asked, view),
        **_groups(asked, by, total, view),
        "presets": list(_presets(asked, view)),
        "csv_query": asked.url(),
        "csv_by_query": asked.url(by=by),
        "csv_day_query": asked.url(by="day"),
        **_page(asked, query.get("before", ""), view),
    }


def _page(asked: UsageFilters, before: str, view: dict[str, str]) -> dict[str, Any]:
    """A page of the log: the first one where `before` is not a cursor."""
    try:
        behind = Cursor.parse(before) if before else None
    except ValueError:
        behind = None
    page = log.page(asked, behind, size=REQUESTS_A_PAGE)
    older = f"{asked.url(**view, before=str(page.next))}#requests" if page.next else ""
    newest = f"{asked.url(**view)}#requests" if behind else ""
    return {"jobs": page.jobs, "older_url": older, "newest_url": newest}


def _groups(asked: UsageFilters, by: str, total: Used, view: dict[str, str]) -> dict[str, Any]:
    """The groups that cost most, and how much the others come to."""
    shown = list(islice(sums.groups(asked, by), GROUPS_SHOWN))
    others = total - sums.total(group.used for group in shown)
    rows = [(group, _alone(asked, group, view)) for group in shown]
    return {"groups": rows, "others": others if others.requests else None}


def _alone(asked: UsageFilters, group: Group, view: dict[str, str]) -> str:
    """The link that shows one group alone; empty where no filter can, or one does already."""
    if not group.query or group.query.items() <= asked.query.items():
        return ""
    return asked.url(**view, **group.query)


def _ways(asked: UsageFilters, view: dict[str, str]) -> list[Choice]:
    words = {"key": _("By key"), "endpoint": _("By endpoint"), "voice": _("By voice")}
    return [Choice(words[way], asked.url(**view | {"by": way}), way == view["by"]) for way in WAYS]


def _shows(asked: UsageFilters, view: dict[str, str]) -> list[Choice]:
    words = {"cost": _("Cost"), "requests": _("Requests")}
    return [
        Choice(words[what], asked.url(**view | {"show": what}), what == view["show"])
        for what in SHOWN
    ]


def _presets(asked: UsageFilters, view: dict[str, str]) -> Iterator[Choice]:
    for words, first, last in _ranges(today()):
        url = asked.url(**view, **{"from": first.isoformat(), "to": last.isoformat()})
        yield Choice(words, url, (first, last) == (asked.first, asked.last))


def _ranges(now: date) -> list[tuple[str, date, date]]:
    month = now.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("7 days"), now - timedelta(days=6), now),
        (_("30 days"), now - timedelta(days=29), now),
        (_("90 days"), now - timedelta(days=89), now),
        (_("This month"), month, now),
        (_("Last month"), before.replace(day=1), before),
    ]
