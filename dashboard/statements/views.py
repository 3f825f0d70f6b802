"""`/dashboard/wallet/statements/2026-11.pdf` and `.csv`: a month, to keep."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from typing import IO

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.models import User
from audiopod.common.months import Month
from dashboard import statements

CHUNK_BYTES = 64 * 1024
IN_MEMORY_BYTES = 1024 * 1024


@never_cache
@login_required
@require_safe
def statement(request: UserRequest, month: str, kind: str) -> HttpResponseBase:
    """The reader's own month as pdf or csv. One that has not begun, or came before them: 404."""
    try:
        asked = Month.parse(month)
        response = _pdf(request.user, asked) if kind == "pdf" else _csv(request.user, asked)
    except (ValueError, statements.NoStatement):
        raise Http404 from None
    response.headers["Content-Disposition"] = f'attachment; filename="audiopod-{asked}.{kind}"'
    return response


def _pdf(user: User, month: Month) -> HttpResponse:
    content = statements.render(statements.summarize(user, month))
    return HttpResponse(content, content_type="application/pdf")


def _csv(user: User, month: Month) -> StreamingHttpResponse:
    """The CSV, written whole before it is sent, so that half of one is never taken for all."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - sent later
    try:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        statements.write_csv(user, month, text)
        text.detach()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return StreamingHttpResponse(_chunks(file), content_type="text/csv; charset=utf-8")


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
