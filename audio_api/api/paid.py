"""What the endpoints that cost money share."""

from __future__ import annotations

import asyncio

from rest_framework.request import Request

from accounts.models import ApiKey, User
from audio_api import services
from audio_api.channel import Reader, open_reader
from audio_api.models import Job
from audio_api.services import Caller
from audio_api.threads import off_loop
from audio_api.waiting import WaitingView
from audiopod.common.ids import request_id_of


class PaidView(WaitingView):
    """An endpoint whose jobs are paid for by the account of an API key."""


def caller_of(request: Request) -> Caller:
    """Whoever the key belongs to: every endpoint here is for those with a key."""
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated has seen to it
    assert isinstance(request.auth, ApiKey)  # noqa: S101
    return Caller(request.user, request.auth, request_id_of(request._request))


async def started(job: Job) -> Reader:
    """Start a job and open its line. Raises as `services.start`.

    Starting goes on in its thread when the client leaves meanwhile: the worker must then find
    the line closed, or it would work, and be paid, for nobody.
    """
    reader = open_reader(job.id)
    await reader.open()
    try:
        await off_loop(services.start)(job)
    except asyncio.CancelledError:
        await asyncio.shield(reader.close(cancelled=True))
        raise
    return reader
