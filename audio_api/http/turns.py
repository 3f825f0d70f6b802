"""Work for which a process has room once: account after account, and each waits behind itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

MAX_WAITING = 8
"""Requests of an account that are worked on or wait."""
RETRY_SECONDS = 5

Result = TypeVar("Result")


async def in_turn(account: int, work: Callable[[], Result]) -> Result:
    """What `work` returns, done in a thread when it is the account's turn.

    An account has one place in the line of all, however many requests it sends. Whoever waits
    costs no thread. Raises Problem (429) where too many of the account wait already.
    """
    line = _lines.setdefault(asyncio.get_running_loop(), Line())
    return await line.work(account, work)


class Line:
    """The requests of one event loop."""

    def __init__(self) -> None:
        self._room = asyncio.Lock()
        self._places: dict[int, asyncio.Lock] = {}
        self._waiting: Counter[int] = Counter()

    async def work(self, account: int, work: Callable[[], Result]) -> Result:
        if self._waiting[account] >= MAX_WAITING:
            raise _too_many()
        self._waiting[account] += 1
        place = self._places.setdefault(account, asyncio.Lock())
        try:
            async with place, self._room:
                return await _to_its_end(work)
        finally:
            self._waiting[account] -= 1
            if not self._waiting[account]:
                del self._waiting[account], self._places[account]


async def _to_its_end(work: Callable[[], Result]) -> Result:
    """A thread cannot be stopped: a client that leaves keeps its place until the work is done."""
    done = asyncio.ensure_future(off_loop(work)())
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise


def _too_many() -> Problem:
    return Problem(
        f"This account waits for {MAX_WAITING} such documents already. Please try again when one"
        " of them is done.",
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()
