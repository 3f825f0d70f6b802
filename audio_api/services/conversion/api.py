"""AudioPod's own endpoints of conversions, which no client waits for."""

from __future__ import annotations

from functools import partial

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audio_api.channel.waiting import Waiting
from audio_api.http.paid import caller_of
from audio_api.jobs import detached, start
from audio_api.models import Job
from audio_api.native.creating import CreatingView
from audio_api.native.jobs import NOT_STORED, job_urls
from audio_api.native.objects import created_answer
from audio_api.services.conversion.formats import formats_answer
from audio_api.services.conversion.serializer import (
    BulkConversionSerializer,
    ConversionSerializer,
)
from audio_api.services.conversion.service import CONVERSION
from audio_api.services.conversion.starting import Wish, caller_for, started, wish_for
from audiopod.common.threads import off_loop

PREFIX = "media-converter"


class ConvertView(CreatingView):
    """`POST /media-converter/convert`"""

    feature = CONVERSION.switch
    serializer_class = ConversionSerializer
    required_scopes = (CONVERSION.scope,)

    def post(self, request: Request) -> HttpResponseBase:
        fields = self.fields(request)
        caller = caller_of(request, fields)
        if job := detached.started_before(caller):
            return _answer(job)
        start.require_funds(caller)
        param = "file" if "file" in fields else "url"
        return Waiting(partial(_one, wish_for(caller, fields, fields[param], param)))


async def _one(wish: Wish) -> HttpResponseBase:
    [job] = await started([wish])
    return await off_loop(_answer)(job)


def _answer(job: Job) -> JsonResponse:
    return JsonResponse(created_answer(job), headers=NOT_STORED)


class BulkConvertView(CreatingView):
    """`POST /media-converter/bulk-convert`: a job for each recording, or none at all."""

    feature = CONVERSION.switch
    serializer_class = BulkConversionSerializer
    required_scopes = (CONVERSION.scope,)

    def post(self, request: Request) -> HttpResponseBase:
        fields = self.fields(request)
        files, links = fields.pop("files", []), fields.get("urls", [])
        # each by a name of its own: what a request is known by has all their bytes in it
        sent = {f"files[{number}]": upload for number, upload in enumerate(files)}
        caller = caller_of(request, fields | sent)
        given = {**sent, **{f"urls[{number}]": link for number, link in enumerate(links)}}
        callers = [caller_for(caller, number) for number in range(len(given))]
        before = [detached.started_before(each) for each in callers]
        if not all(before):
            start.require_funds(caller)
        wishes: list[Job | Wish] = [
            job or wish_for(each, fields, recording, param)
            for job, each, (param, recording) in zip(before, callers, given.items(), strict=True)
        ]
        return Waiting(partial(_many, wishes))


async def _many(wishes: list[Job | Wish]) -> HttpResponseBase:
    """The jobs that there are already, and the others started together."""
    new = iter(await started([wish for wish in wishes if isinstance(wish, Wish)]))
    jobs = [next(new) if isinstance(wish, Wish) else wish for wish in wishes]
    return await off_loop(_bulk_answer)(jobs)


def _bulk_answer(jobs: list[Job]) -> JsonResponse:
    body = {
        "jobs": [created_answer(job) for job in jobs],
        "job_ids": [job.number for job in jobs],
        "total": len(jobs),
        "status": "PENDING",
        "message": f"{len(jobs)} recordings wait for a worker, each as a job of its own.",
    }
    return JsonResponse(body, headers=NOT_STORED)


class FormatsView(APIView):
    """`GET /media-converter/formats`"""

    required_scopes = (CONVERSION.scope,)

    def get(self, request: Request) -> Response:
        return Response(formats_answer())


urlpatterns = [
    path(f"{PREFIX}/convert", ConvertView.as_view(), name="convert-media"),
    path(f"{PREFIX}/bulk-convert", BulkConvertView.as_view(), name="bulk-convert-media"),
    path(f"{PREFIX}/formats", FormatsView.as_view(), name="media-formats"),
    *job_urls(f"{PREFIX}/jobs", CONVERSION.kind),
]
