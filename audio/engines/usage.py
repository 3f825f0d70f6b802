"""Who uses what an engine has loaded, and for how long nobody has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Usage:
    """Of one engine, by all threads.

    loading: what the engine holds while it loads; clock: seconds that only grow.
    """

    def __init__(
        self, loading: threading.Lock, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loading = loading
        self._clock = clock
        self._counting = threading.Lock()
        self._users = 0
        self._last = clock()

    def touch(self) -> None:
        """Note that somebody has asked for it."""
        self._last = self._clock()

    def during(self, pieces: Iterator[T]) -> Iterator[T]:
        """The same pieces: it is in use from the first one to the last, or to the last wanted."""
        with self._counting:
            self._users += 1
        try:
            yield from pieces
        finally:
            with self._counting:
                self._users -= 1
                self._last = self._clock()

    @contextmanager
    def spared(self, seconds: float) -> Iterator[bool]:
        """Whether nobody uses it, and nobody has for so long; nobody loads it meanwhile. It waits
        for nothing: what is being loaded is not spared."""
        if not self._loading.acquire(blocking=False):
            yield False
            return
        try:
            yield not self._users and self._clock() - self._last >= seconds
        finally:
            self._loading.release()
