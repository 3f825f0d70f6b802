"""`GET /media/<token>/<name>`: a file of a job, whole or in part, for whoever has its link."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from audio_api.channel.waiting import Waiting, both_halves
from audio_api.models import JobFile
from audio_api.native import media, reading
from audio_api.native.media import Ticket
from audiopod.common.ranges import (
    RangeNotSatisfiable,
    asked_range,
    content_range,
    unsatisfied_range,
)
from audiopod.common.threads import off_loop

log = logging.getLogger(__name__)

EXPIRED = "This link has expired. Ask for the job again: its answer has a new one."
FORGED = "This is not a link that this server has made, or a part of it is missing."
GONE = "This file is not kept any more."
SHOWN = ("audio/", "video/", "application/pdf", "text/plain")
"""What a browser opens by itself; everything else it saves."""
SANDBOX = "sandbox; default-src 'none'"
"""A page that somebody has made of a transcript may do nothing in the name of this server."""


@csrf_exempt  # a method that is not served is 405 then, and a link stands for itself
@require_safe
async def serve_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file of a link. name: for browsers and programs that save it; the token says which."""
    return await both_halves(partial(_judged, request, token))


def _judged(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        ticket = media.opened(token)
        file = media.find(ticket)
    except media.BadLink:
        return _refused(403, FORGED)
    except media.LinkExpired:
        return _refused(410, EXPIRED)
    except media.FileGone:
        return _refused(404, GONE)
    # what HEAD asks is known here
    if settings.MEDIA_REDIRECT and settings.S3_BUCKET and request.method == "GET":
        return _led_on(file, ticket)
    return _answer(request, file, ticket)


def _answer(request: HttpRequest, file: JobFile, ticket: Ticket) -> HttpResponseBase:
    etag = f'"{file.pk}-{file.bytes}"'
    headers = _headers(file, ticket) | {"ETag": etag, "Accept-Ranges": "bytes"}
    if (known := get_conditional_response(request, etag=etag)) is not None:
        known.headers["ETag"] = etag
        known.headers["Cache-Control"] = headers["Cache-Control"]
        return known
    try:
        part = _asked(request, etag, file.bytes)
    except RangeNotSatisfiable:
        size = unsatisfied_range(file.bytes)
        return _refused(416, "The file has no such bytes.", **{"Content-Range": size})
    status, wanted = (200, range(file.bytes)) if part is None else (206, part)
    headers["Content-Length"] = str(len(wanted))
    if part is not None:
        headers["Content-Range"] = content_range(part, file.bytes)
    if request.method == "HEAD" or not wanted:
        return HttpResponse(status=status, headers=headers)
    return Waiting(partial(_streamed, file, wanted, status, headers))


def _asked(request: HttpRequest, etag: str, size: int) -> range | None:
    """The part that is asked for. One of another file than this makes no sense: then it is all."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return asked_range(request.headers.get("Range"), size)


async def _streamed(
    file: JobFile, part: range, status: int, headers: dict[str, str]
) -> HttpResponseBase:
    try:
        content = await off_loop(reading.opened)(file.path, part)
    except FileNotFoundError:
        log.error("%s is lost: file %d of job %s", file.path, file.pk, file.job_id)
        return _refused(404, GONE)
    blocks = reading.blocks(content, len(part))
    return StreamingHttpResponse(blocks, status=status, headers=headers)


def _headers(file: JobFile, ticket: Ticket) -> dict[str, str]:
    is_shown = file.content_type.startswith(SHOWN)
    disposition = content_disposition_header(not is_shown, file.file_name)
    assert disposition  # noqa: S101 - a file always has a name
    headers = {
        "Content-Type": file.content_type,
        "Content-Disposition": disposition,
        "Cache-Control": f"private, max-age={ticket.seconds_left}",
        "X-Content-Type-Options": "nosniff",
    }
    return headers if is_shown else headers | {"Content-Security-Policy": SANDBOX}


def _led_on(file: JobFile, ticket: Ticket) -> HttpResponse:
    """To the bucket, which knows parts, too. Its link is good for as long as ours."""
    headers = _headers(file, ticket)
    asked = {
        "ResponseContentType": headers["Content-Type"],
        "ResponseContentDisposition": headers["Content-Disposition"],
    }
    storage: Any = default_storage  # a bucket's takes more than a path
    url = storage.url(file.path, asked, expire=ticket.seconds_left)
    return HttpResponseRedirect(url, headers={"Cache-Control": "no-store"})


def _refused(status: int, message: str, **headers: str) -> HttpResponse:
    headers |= {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return HttpResponse(f"{message}\n", status=status, headers=headers)
