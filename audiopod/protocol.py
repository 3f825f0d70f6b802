"""Uvicorn's HTTP/1.1, with an end to waiting for a request's head, and a count of what has arrived.

Uvicorn bounds how long an idle connection is kept between two requests, but waits without end
for the first one, and for one whose head comes byte by byte. Bodies are the gate's business.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from audiopod.asgi_types import App, Receive, Scope, Send
from audiopod.common.connection import SCOPE_KEY, Wire

HEAD_SECONDS = 20.0


class PromptHeadProtocol(H11Protocol):
    """Closes a connection on which no whole head of a request has come for too long.

    What answers a request finds in its scope how much of the answer has arrived
    (`audiopod.common.connection`). Give it to uvicorn as
    `--http audiopod.protocol:PromptHeadProtocol`.
    """

    _head_due: asyncio.TimerHandle | None = None
    _wire: Wire | None = None
    _has_left = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wire = Wire(transport)
        self.app = _over(self._wire, self.app)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def eof_received(self) -> None:
        self._has_left = True
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        if self._wire is not None:
            self._wire.lost()
            if self._has_left and self.cycle is not None and not self.cycle.response_complete:
                # one that says no more may still listen, to what is not paid for
                self._wire.forget()
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


def _over(wire: Wire, app: App) -> App:
    """The application, told which connection its requests come over."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**(scope.get("extensions") or {}), SCOPE_KEY: wire}
        await app(scope, receive, send)

    return told
