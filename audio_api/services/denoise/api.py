"""AudioPod's own endpoints of noise reduction, which no client waits for."""

from __future__ import annotations

from functools import partial

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request

from audio_api.channel.waiting import Waiting
from audio_api.http.paid import caller_of
from audio_api.jobs import detached, start
from audio_api.models import Job
from audio_api.native.creating import CreatingView
from audio_api.native.jobs import NOT_STORED, job_urls
from audio_api.native.objects import created_answer
from audio_api.services.denoise.serializer import DenoiseSerializer
from audio_api.services.denoise.service import DENOISE
from audio_api.services.denoise.starting import Wish, require_engine, started, wish_for
from audiopod.common.threads import off_loop

PREFIX = "denoiser"


class DenoiseView(CreatingView):
    """`POST /denoiser/denoise`"""

    feature = DENOISE.switch
    serializer_class = DenoiseSerializer
    required_scopes = (DENOISE.scope,)

    def post(self, request: Request) -> HttpResponseBase:
        fields = self.fields(request)
        caller = caller_of(request, fields)
        if job := detached.started_before(caller):
            return _answer(job)
        require_engine()
        start.require_funds(caller)
        return Waiting(partial(_one, wish_for(caller, fields)))


async def _one(wish: Wish) -> HttpResponseBase:
    return await off_loop(_answer)(await started(wish))


def _answer(job: Job) -> JsonResponse:
    return JsonResponse(created_answer(job), headers=NOT_STORED)


urlpatterns = [
    path(f"{PREFIX}/denoise", DenoiseView.as_view(), name="denoise"),
    *job_urls(f"{PREFIX}/jobs", DENOISE.kind),
]
