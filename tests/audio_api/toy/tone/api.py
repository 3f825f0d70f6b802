"""`POST /api/v1/tones`."""

from __future__ import annotations

from functools import partial

from audio_api.services.tone.params import ToneRequest
from audio_api.services.tone.serializer import ToneSerializer
from audio_api.services.tone.service import TONE
from django.http import HttpResponse
from django.urls import path
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from audio_api.channel import Failed, Result
from audio_api.channel.relay import closed, problem_of, silence_seconds
from audio_api.channel.waiting import Waiting
from audio_api.http.paid import PaidView, caller_of, started
from audio_api.jobs import tasks
from audio_api.jobs.start import new_job
from audio_api.models import Job
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
        return Waiting(partial(_rung, job))


async def _rung(job: Job) -> HttpResponse:
    reader = await started(job)
    result: Result | None = None
    try:
        async for event in reader.events(silence_seconds=silence_seconds(job)):
            if isinstance(event, Failed):
                raise problem_of(event)
            if isinstance(event, Result):
                result = event
                break
    finally:
        await closed(job.id, reader, cancelled=result is None, settle=tasks.settle_delivered.send)
    assert result is not None
    return HttpResponse(result.data, content_type=result.content_type)


urlpatterns = [path("tones", ToneView.as_view(), name="tones")]
