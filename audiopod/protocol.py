"""Uvicorn's HTTP/1.1, with an end to waiting for a request's head.

Uvicorn bounds how long an idle connection is kept between two requests, but waits without end
for the first one, and for one whose head comes byte by byte. Bodies are the gate's business.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0


class PromptHeadProtocol(H11Protocol):
    """Closes a connection on which no whole head of a request has come for too long.

    Give it to uvicorn as `--http audiopod.protocol:PromptHeadProtocol`.
    """

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Time the head that is due, if one is; a pause between requests is uvicorn's to time."""
        pausing = self.timeout_keep_alive_task is not None
        if self.conn.their_state is not h11.IDLE or pausing:
            self._stop_watching()
        elif self._head_due is None:
            self._head_due = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_watching(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _give_up(self) -> None:
        self._head_due = None
        self.transport.close()
