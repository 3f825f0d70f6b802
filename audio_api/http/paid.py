"""What the endpoints that cost money share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request

from accounts import limits
from accounts.models import ApiKey, User
from audio_api.channel import Reader, open_reader
from audio_api.channel.waiting import WaitingView
from audio_api.http.bodies import Body
from audio_api.jobs import admission, settlement, start
from audio_api.jobs.idempotency import idempotency_key_of
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audiopod.common import features
from audiopod.common.features import Feature
from audiopod.common.ids import request_id_of
from audiopod.common.promises import promise_headers
from audiopod.common.threads import off_loop

WEBHOOK_URL = "webhook_url"
"""The field of a request for a job that says where to tell of its end."""


class PaidView(WaitingView):
    """An endpoint whose jobs are paid for by the account of an API key."""

    serializer_class: ClassVar[type[Body]]
    """What a body must be, of the type that the first of `parser_classes` reads."""
    feature: Feature
    """The operator can switch it off: its requests are refused then."""
    may_be_long = False
    """Whether its jobs may turn out to be for the queue of long ones."""

    def check_throttles(self, request: Request) -> None:
        """REST Framework asks this when it knows the key, before the body is parsed."""
        if request.method != "POST":
            return
        features.require(self.feature)
        count_request(request)
        assert isinstance(request.auth, ApiKey)  # noqa: S101 - HasScopes has seen to it
        admission.expect_room(request.auth, may_be_long=self.may_be_long)


def count_request(request: Request) -> None:
    """Count a paid request of its key, and promise the headers that say so.

    Raises Problem (429) after too many in a minute.
    """
    assert isinstance(request.auth, ApiKey)  # noqa: S101 - HasScopes has seen to it
    allowance = limits.take_request(request.auth)
    if allowance is None:
        return
    if not allowance.granted:
        raise limits.rate_limit_reached(allowance)
    promise_headers(request._request, allowance.headers())


def caller_of(request: Request, fields: Mapping[str, Any]) -> Caller:
    """Whoever the key belongs to, and by which `Idempotency-Key` it asks for these fields.

    Every endpoint here is for those with a key. Raises Problem (400) as
    `idempotency_key_of`.
    """
    assert isinstance(request.user, User)  # noqa: S101 - HasScopes has seen to it
    assert isinstance(request.auth, ApiKey)  # noqa: S101
    key = idempotency_key_of(request._request, fields)
    url = fields.get(WEBHOOK_URL) or ""
    return Caller(request.user, request.auth, request_id_of(request._request), key, url)


async def started(job: Job) -> Reader:
    """Start a job and open its channel. Raises as `jobs.start`.

    Starting goes on in its thread when the client leaves meanwhile: the worker must then find
    the channel closed, or it would work, and be paid, for nobody.
    """
    reader = open_reader(job.id)
    try:
        await reader.open()
    except BaseException:
        await asyncio.shield(off_loop(settlement.forget_source)(job))
        raise
    try:
        await off_loop(start.start)(job)
    except BaseException:
        await asyncio.shield(reader.close(cancelled=True))
        raise
    return reader
