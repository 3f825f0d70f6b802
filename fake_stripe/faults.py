"""Faults on order: how a test has the fake Stripe refuse, stall, or lose its answer."""

from __future__ import annotations

import threading
import time
from typing import Any, Literal

Fate = Literal["answer", "hang", "drop"]
"""What becomes of an answer: it is sent, never sent, or the connection is closed instead."""

FAILURES = ("hang", "timeout", "drop_after_commit")
"""Beside any HTTP status: stall before the work, stall after it, do the work and hang up."""


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self.latency_ms = 0
        self._next: list[dict[str, Any]] = []

    def order(self, orders: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Each order: {method?, path_prefix?, status: an HTTP status or a FAILURE, times?}.

        Replaces what is still outstanding. Raises ValueError for an order that makes no sense.
        """
        wanted = [orders] if isinstance(orders, dict) else orders
        for one in wanted:
            if one.get("status") not in FAILURES and not isinstance(one.get("status"), int):
                raise ValueError(f"fail_next: status is an HTTP status or one of {FAILURES}.")
        with self._lock:
            self._next = [{"times": 1} | one for one in wanted if one.get("times", 1) > 0]

    def next(self, method: str, path: str) -> int | str | None:
        """The fault that this request meets, taken from those on order."""
        with self._lock:
            for one in self._next:
                if one.get("method", method) in (method, None) and path.startswith(
                    one.get("path_prefix") or "/"
                ):
                    one["times"] -= 1
                    self._next = [left for left in self._next if left["times"] > 0]
                    status: int | str = one["status"]
                    return status
        return None

    def delay(self) -> None:
        time.sleep(self.latency_ms / 1000)
