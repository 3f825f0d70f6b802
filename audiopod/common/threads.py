"""Leaving the event loop and coming back, without a thread for every request."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")


def let_thread_go() -> None:
    """Give back the thread that asgiref keeps for this request.

    Django runs its synchronous parts in one thread per request and keeps it until the response
    is done: two hundred waiting requests would be two hundred threads.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor is not None:
        executor.shutdown(wait=False)


def off_loop(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """`function`, which may use the database, run in the shared pool of threads."""

    def with_fresh_connection(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return sync_to_async(with_fresh_connection, thread_sensitive=False)
