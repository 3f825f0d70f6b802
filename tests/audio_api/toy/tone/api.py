"""`POST /api/v1/tones`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from audio_api.services.tone.params import ToneRequest
from audio_api.services.tone.serializer import ToneSerializer
from audio_api.services.tone.service import TONE
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from audio_api.channel import Failed, Result
from audio_api.channel.receipt import Receipt
from audio_api.channel.relay import closed, continued, problem_of, settled
from audio_api.channel.waiting import Waiting
from audio_api.channel.watch import events_of
from audio_api.http.paid import PaidView, caller_of, started
from audio_api.jobs import tasks
from audio_api.jobs.start import new_job
from audio_api.models import Job
from audiopod.common.connection import Connection, connection_of
from audiopod.common.problem import Problem
from wallet import pricing


class ToneView(PaidView):
    """`POST /api/v1/tones`: one pitch."""

    feature = TONE.switch
    parser_classes = [JSONParser]
    required_scopes = (TONE.scope,)
    serializer_class = ToneSerializer

    def post(self, request: Request) -> HttpResponse:
        body = ToneSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = ToneRequest(**body.validated_data)
        if asked.pitch > 20_000:
            raise Problem("Nobody hears that.", param="pitch", code="too_high")
        price = pricing.price_now(TONE.offer.service_type)
        caller = caller_of(request, body.validated_data)
        job = new_job(caller, TONE.kind, asked, price, asked.milliseconds)
        return Waiting(partial(_rung, job, connection_of(request._request)))


async def _rung(job: Job, connection: Connection) -> StreamingHttpResponse:
    tone = _tone(job, Receipt(await started(job), connection))
    return StreamingHttpResponse(continued(await anext(tone), tone), content_type="audio/pcm")


async def _tone(job: Job, receipt: Receipt) -> AsyncGenerator[bytes]:
    """Ends when it has arrived and is settled."""
    events = events_of(job, receipt.reader)
    try:
        async for event in events:
            if isinstance(event, Failed):
                raise problem_of(event)
            if isinstance(event, Result):
                yield event.data
                receipt.sent(event.audio_ms)
                receipt.all_sent()
                await receipt.arrival()
                break
    finally:
        await closed(job.id, receipt, settle=tasks.settle_delivered.send)
    await settled(events)


urlpatterns = [path("tones", ToneView.as_view(), name="tones")]
