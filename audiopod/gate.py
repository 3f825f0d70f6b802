"""The gate before Django: who may send a body, how large and how fast, and from which pages.

Django's ASGI handler spools a whole request body to disk before any middleware or view runs.
Without this a stranger's 200 MB upload would be taken in before it is answered 401. The gate
also sees every answer, its own refusals and Django's alike: what a browser must be told of
other origins is told here.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.urls import Resolver404, resolve

from accounts.authentication import missing_key, refused_key
from accounts.keys import tokens
from audio_api import registry
from audio_api.native import media
from audiopod import errors, metrics
from audiopod.access_log import log_answer
from audiopod.asgi_types import App, Headers, Message, Receive, Scope, Send
from audiopod.common import staff_pass, upload_pass
from audiopod.common.ids import new_request_id
from audiopod.common.problem import SERVER_ERROR, Problem, too_large
from audiopod.cors import Cors
from audiopod.intake import Intake, Pace, Spool
from audiopod.native import OPENAI, natively

_WITH_BODY = {"POST", "PUT", "PATCH"}
_API = "/api/"
_FOR_PAGES = (_API, media.PATH)
"""What web pages of other origins may ask for, with a key or by a link that needs none."""
_VERSION = "/api/v1/"
_PAID = "/api/v1/audio/"

_CHARSET = re.compile(rb"charset\s*=\s*([^;,]*)", re.IGNORECASE)
_CHARSETS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin-1", b"latin1"}
CONTENT_TYPE_BYTES = 1024

JSON_BODY_BYTES = 1024 * 1024
PAGE_BODY_BYTES = 5 * 1024 * 1024
LINGER_BYTES = 2 * 1024 * 1024
LINGER_SECONDS = 3.0
READING_SECONDS = 1.0
"""How long a connection stays open for its answer to be read, when no more of its body is taken."""


class Gate:
    """An ASGI application around another: refuses early, cuts what is too long or too slow."""

    def __init__(
        self,
        app: App,
        *,
        max_body_bytes: int,
        max_transcript_bytes: int,
        pace: Pace,
        spool: Spool,
        cors: Cors,
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.max_transcript_bytes = max_transcript_bytes
        self.pace = pace
        self.spool = spool
        self.cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(_FOR_PAGES):
            send = _adding(self.cors.headers(scope), send)
            preflight = self.cors.preflight(scope)
            if preflight is not None:
                await _say_what_may_be_asked(scope, send, preflight)
                return
        if refusal := self._refuse(scope):
            # one that waits for "100 Continue" has sent nothing yet
            sends = b"expect" not in dict(scope["headers"])
            await _refused(scope, receive, send, refusal, linger=sends)
        else:
            await self._let_in(scope, receive, send)

    def _refuse(self, scope: Scope) -> Problem | None:
        headers = dict(scope["headers"])
        if _is_paid(scope) and scope["method"] in _WITH_BODY:
            token = tokens.token_from_headers(
                authorization=headers.get(b"authorization", b"").decode("latin-1"),
                x_api_key=headers.get(b"x-api-key", b"").decode("latin-1"),
            )
            if not token:
                return errors.problem_of(missing_key())
            if not tokens.is_well_formed(token):
                return errors.problem_of(refused_key(token))
        if scope["method"] in _WITH_BODY and _is_no_endpoint(scope["path"]):
            return errors.unknown_path(scope["method"], scope["path"])
        if problem := _unreadable(headers.get(b"content-type", b"")):
            return problem
        declared, limit = headers.get(b"content-length", b"0"), self._limit(scope)
        if declared.isdigit() and int(declared) > limit:
            return _too_large(scope, limit, int(declared))
        return None

    def _limit(self, scope: Scope) -> int:
        """Bytes that a body may have: some endpoints take uploads, others JSON, pages forms."""
        if _takes_upload(scope):
            return self._upload_limit(str(scope["path"]).rstrip("/").removeprefix(_VERSION))
        if _takes_transcript(scope):
            return self.max_transcript_bytes
        if _is_api(scope):
            return min(JSON_BODY_BYTES, self.max_body_bytes)
        if registry.is_page_upload(scope["path"]) and _has_pass(scope):
            return max(PAGE_BODY_BYTES, self._upload_limit(scope["path"]))
        if scope["path"].endswith(staff_pass.PAGE) and _is_staff(scope):
            return staff_pass.BODY_BYTES
        return PAGE_BODY_BYTES

    def _upload_limit(self, path: str) -> int:
        """Of a recording, which some services have a limit of their own for."""
        setting = registry.upload_setting(path)
        own: int = getattr(settings, setting)
        return self.max_body_bytes if setting == registry.USUAL_UPLOAD else own

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and answer it where its body was cut."""
        answered = False

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        intake = Intake(
            receive,
            limit_bytes=self._limit(scope),
            pace=self.pace,
            spool=self.spool,
            too_large=partial(_too_large, scope),
        )
        try:
            await self.app(scope, intake.receive, noted)
        finally:
            intake.close()
        if intake.refusal and not answered:
            await _refused(scope, receive, send, intake.refusal, linger=intake.is_coming)


def _too_large(scope: Scope, limit_bytes: int, size_bytes: int) -> Problem:
    """What to answer to a body that is larger than its address takes."""
    if _is_nothing(scope["path"]):
        return errors.unknown_path(scope["method"], scope["path"])
    problem = too_large(limit_bytes, size_bytes)
    # OpenAI calls an upload that is too large an error of the server
    if _takes_upload(scope) and OPENAI.match(scope["path"]):
        problem.type = SERVER_ERROR
    return problem


def _is_no_endpoint(path: str) -> bool:
    """Whether it is an address of the API that is not mounted: no body is taken in for it."""
    try:
        return resolve(path).func is errors.unknown_url
    except Resolver404:  # of a page
        return False


def _is_nothing(path: str) -> bool:
    """Whether neither a page nor the API has this address."""
    try:
        resolve(path)
    except Resolver404:
        return True
    return False


def _unreadable(content_type: bytes) -> Problem | None:
    """Django decodes a body by whatever codec it names, also by those that take quadratic time."""
    charsets = _CHARSET.findall(content_type)
    known = all(each.lower().strip(b"\"' ") in _CHARSETS for each in charsets)
    if known and b"*" not in content_type and len(content_type) <= CONTENT_TYPE_BYTES:
        return None
    return Problem(
        "The Content-Type cannot be understood. Send UTF-8, and name no other charset.",
        status=415,
    )


def _has_pass(scope: Scope) -> bool:
    """Whether somebody who is logged in was given leave to send a large body, just now."""
    given = dict(scope["headers"]).get(upload_pass.HEADER.lower().encode(), b"")
    return upload_pass.is_valid(given.decode("latin-1"))


def _is_staff(scope: Scope) -> bool:
    """Whether somebody who may add voices has opened the page that takes them, just now."""
    cookies = dict(scope["headers"]).get(b"cookie", b"")
    return staff_pass.opens(scope["path"], cookies.decode("latin-1"))


def _is_paid(scope: Scope) -> bool:
    """Whether a body is for who has a key: to a stranger it would be read for nothing."""
    path = str(scope["path"])
    return path.startswith(_PAID) or _takes_upload(scope) or _takes_transcript(scope)


def _takes_transcript(scope: Scope) -> bool:
    """Whether a transcript is corrected there, which is as long as its recording makes it."""
    if scope["method"] not in _WITH_BODY or not _is_api(scope):
        return False
    view = getattr(resolve(scope["path"]).func, "cls", None)
    return getattr(view, "takes_transcript", False)


def _takes_upload(scope: Scope) -> bool:
    path = str(scope["path"]).rstrip("/")
    return path.startswith(_VERSION) and registry.takes_upload(path.removeprefix(_VERSION))


def _is_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith(_API)


def _adding(headers: Headers, send: Send) -> Send:
    """`send`, with more headers on the answer."""
    if not headers:
        return send

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *headers]
        await send(message)

    return with_headers


async def _say_what_may_be_asked(scope: Scope, send: Send, told: Headers) -> None:
    """Answer a browser's preflight, which brings no key."""
    headers = [*_headers(scope, 204, {}), *told]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refused(
    scope: Scope, receive: Receive, send: Send, refusal: Problem, *, linger: bool
) -> None:
    """Answer at once and end the connection; linger: first go on reading for a little.

    A connection that is closed with unread bytes is reset, and a client that was still sending
    may then never see the answer.
    """
    refusal = natively(refusal, scope["path"])
    metrics.refused(refusal)
    body = json.dumps(refusal.body()).encode()
    about_body = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    headers = _headers(scope, refusal.status, about_body | refusal.headers)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if linger:
        await _linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Receive) -> None:
    taken = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while taken < LINGER_BYTES:
                message = await receive()
                taken += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
            # A close would reset a client that still sends, and Node's then drops the answer.
            await asyncio.sleep(READING_SECONDS)


def _headers(scope: Scope, status: int, more: dict[str, str]) -> Headers:
    """The headers of an answer that Django never saw; writes its line into the log."""
    request_id = new_request_id()
    log_answer(scope["method"], scope["path"], status, 0, request_id)
    headers = {"x-request-id": request_id, "openai-processing-ms": "0", **more}
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
