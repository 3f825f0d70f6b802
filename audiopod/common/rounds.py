"""What a process does by itself now and then, in a thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from django.db import connection

log = logging.getLogger(__name__)


def take(what: str, steps: Iterable[Callable[[], object]]) -> None:
    """Take each step; one that fails is logged and keeps none of the others from being taken."""
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("%s: %s failed; it is tried again", what, step.__qualname__)


class Rounds:
    """A thread that does the same every so many seconds until stopped.

    seconds: how many, asked anew each time. What `one` raises ends the thread.
    """

    def __init__(
        self, name: str, one: Callable[[], object], *, seconds: Callable[[], float]
    ) -> None:
        self._one, self._seconds = one, seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._over.wait(self._seconds()):
            try:
                self._one()
            finally:
                connection.close()
