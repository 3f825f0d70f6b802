"""The gate before Django: who may send a body, and how large. Every request passes it.

Django's ASGI handler spools a whole request body to disk before any middleware or view runs.
Without this a stranger's 200 MB upload would be taken in before it is answered 401.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from accounts import keys
from accounts.authentication import missing_key, refused_key
from audiopod import errors
from audiopod.common.ids import new_request_id
from audiopod.common.problem import Problem, too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_WITH_BODY = {"POST", "PUT", "PATCH"}
_PAID = "/api/v1/audio/"

PAGE_BODY_BYTES = 5 * 1024 * 1024
DRAIN_BYTES = 2 * 1024 * 1024
DRAIN_SECONDS = 3.0


class Gate:
    """An ASGI application around another: refuses early, cuts what is too long."""

    def __init__(self, app: App, *, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif refusal := self._refuse(scope):
            await _drain(scope, receive)
            await _answer(send, refusal)
        else:
            await self._cut(scope, receive, send)

    def _refuse(self, scope: Scope) -> Problem | None:
        headers = dict(scope["headers"])
        if scope["path"].startswith(_PAID) and scope["method"] in _WITH_BODY:
            token = keys.token_from_headers(
                authorization=headers.get(b"authorization", b"").decode("latin-1"),
                x_api_key=headers.get(b"x-api-key", b"").decode("latin-1"),
            )
            if not token:
                return errors.problem_of(missing_key())
            if not keys.is_well_formed(token):
                return errors.problem_of(refused_key(token))
        declared, limit = headers.get(b"content-length", b"0"), self._limit(scope)
        if declared.isdigit() and int(declared) > limit:
            return too_large(limit, int(declared))
        return None

    def _limit(self, scope: Scope) -> int:
        """Bytes that a body may have: uploads are for the API, pages have forms."""
        return self.max_body_bytes if scope["path"].startswith("/api/") else PAGE_BODY_BYTES

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body; past the limit Django is told that the client has gone."""
        limit, read_bytes, answered = self._limit(scope), 0, False

        async def counted() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > limit:
                return {"type": "http.disconnect"}
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        await self.app(scope, counted, noted)
        if read_bytes > limit and not answered:
            await _answer(send, too_large(limit, read_bytes))


async def _drain(scope: Scope, receive: Receive) -> None:
    """Take a little of a refused body before answering.

    A connection that is closed with unread bytes is reset, and a client that was still sending
    may then never see the answer. One that waits for "100 Continue" has sent nothing yet.
    """
    if b"expect" in dict(scope["headers"]):
        return
    taken = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while taken < DRAIN_BYTES:
                message = await receive()
                taken += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


async def _answer(send: Send, refusal: Problem) -> None:
    body = json.dumps(refusal.body()).encode()
    headers = {
        "x-request-id": new_request_id(),
        "openai-processing-ms": "0",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **refusal.headers,
    }
    start = {
        "type": "http.response.start",
        "status": refusal.status,
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
