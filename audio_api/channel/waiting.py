"""A Django REST Framework view whose second half is asynchronous.

REST Framework has no async: it authenticates, parses and validates in the request's thread. A
view that then has to wait for a worker returns `Waiting(rest)`; the thread is given back and
`rest` is awaited on the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.views import APIView

from audiopod.common.threads import let_thread_go

Rest = Callable[[], Awaitable[HttpResponseBase]]


class Waiting(HttpResponse):
    """Not an answer yet: `rest` makes it."""

    def __init__(self, rest: Rest) -> None:
        super().__init__()
        self.rest = rest


async def both_halves(judge: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """What `judge` answers in the request's thread, or what it leaves to be awaited after it."""

    def judged() -> HttpResponseBase:
        response = judge()
        if isinstance(response, Waiting):
            close_old_connections()
        return response

    response = await sync_to_async(judged)()
    if not isinstance(response, Waiting):
        return response
    let_thread_go()
    return await response.rest()


class WaitingView(APIView):
    """An APIView whose handlers may return `Waiting`."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        judge = super().as_view(**initkwargs)

        async def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return await both_halves(lambda: judge(request, *args, **kwargs))

        # what generators of schemas look for
        exempt: Any = csrf_exempt(view)
        exempt.cls, exempt.initkwargs = cls, initkwargs
        return exempt
