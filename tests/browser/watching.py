"""What a page must never do, whatever is tried on it: complain in the console, fail to load
something, or be stopped by its own Content-Security-Policy (which the console tells too)."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOUD = ("error", "warning")
LEFT_BEHIND = "net::ERR_ABORTED"
"""A request that was still running when its page was left, or that became a download."""


class Watch:
    """Notes what goes wrong in all pages of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self._seen: list[str] = []
        self._allowed: list[str] = []
        context.on("console", self._said)
        context.on("weberror", self._broke)
        context.on("requestfailed", self._failed)

    def allow(self, pattern: str) -> None:
        """What the test is about to provoke: a regular expression."""
        self._allowed.append(pattern)

    @property
    def problems(self) -> list[str]:
        return [one for one in self._seen if not any(re.search(p, one) for p in self._allowed)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in LOUD:
            place = message.location.get("url", "")
            self._seen.append(f"console {message.type}: {message.text} ({place})")

    def _broke(self, error: WebError) -> None:
        self._seen.append(f"exception: {error.error}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT_BEHIND:
            self._seen.append(f"not loaded: {request.url} ({request.failure})")
