"""`/api/v1/jobs/…`, and the same for the jobs of one kind under the prefix of its service.

A job is one of the account's, whichever of its keys has created it. A key may look after the jobs
of the kinds that it may ask for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import scopes
from accounts.models import ApiKey, User
from accounts.scopes import Scope
from audio_api import registry
from audio_api.channel.waiting import Waiting, WaitingView
from audio_api.http.paid import count_request
from audio_api.jobs import detached
from audio_api.models import Job, JobQuerySet
from audio_api.native import holding
from audio_api.native.listing import ListQuerySerializer, rows_answer
from audio_api.native.objects import created_answer, job_object
from audio_api.native.task_ids import number_in
from audio_api.registry import Service
from audiopod.common import features
from audiopod.common.ids import request_id_of
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

Shape = Callable[[Job], dict[str, Any]]
MAX_DIGITS = 18
"""A longer number is none that a database knows."""
NOT_STORED = {"Cache-Control": "no-store"}
"""Its links open without a key."""


class OfJobs(WaitingView):
    """kinds: of which jobs, of all where it names none; shape: what is told of each."""

    kinds: tuple[str, ...] = ()
    shape: Shape = staticmethod(job_object)
    required_scopes: tuple[Scope, ...] = ()
    """The kind of a job says what it needs: `find` and `visible` see to it."""

    def services(self) -> list[Service]:
        """The kinds of work whose jobs are found here."""
        if not self.kinds:
            return registry.services()
        return [registry.get(kind) for kind in self.kinds]

    def every(self) -> JobQuerySet:
        """The account's jobs, also those that it has deleted."""
        jobs = Job.objects.for_user(cast(User, self.request.user)).filter(is_detached=True)
        return jobs.filter(kind__in=self.kinds) if self.kinds else jobs

    def visible(self) -> JobQuerySet:
        """The jobs of the kinds that the key may ask for. Raises Problem (403) if it may ask for
        none."""
        key, services = cast(ApiKey, self.request.auth), self.services()
        allowed = [each.kind for each in services if not scopes.missing(key, [each.scope])]
        if not allowed:
            scopes.require(key, services[0].scope)
        return self.every().detached().filter(kind__in=allowed)

    def find(self, ident: str, *, or_deleted: bool = False) -> Job:
        """A job by its number, its task id or its UUID. Raises Problem: 404 for one that the
        account has not, and 403 where the key may not ask for its kind."""
        if self.kinds:
            self._require_scope_of(*self.kinds)
        job = _named(self.every(), ident)
        # without a number it was run again: another row is the job now
        if job is None or job.number is None or (job.deleted_at and not or_deleted):
            raise unknown_job()
        self._require_scope_of(job.kind)
        return job

    def _require_scope_of(self, *kinds: str) -> None:
        wanted = {registry.get(kind).scope for kind in kinds}
        scopes.require(cast(ApiKey, self.request.auth), *sorted(wanted))


class JobView(OfJobs):
    """`GET` and `DELETE …/jobs/{id}`"""

    def get(self, request: Request, ident: str) -> HttpResponseBase:
        """The job, perhaps not before it is over: see `holding`."""
        seconds = holding.seconds_asked(request)
        job = self.find(ident)
        if job.is_over or not seconds:
            return _answer(self.shape(job))
        return Waiting(partial(self._held, job, ident, seconds))

    async def _held(self, job: Job, ident: str, seconds: int) -> HttpResponseBase:
        await holding.until_over(job.pk, seconds)
        return await off_loop(self._now)(ident)

    def _now(self, ident: str) -> HttpResponse:
        return JsonResponse(self.shape(self.find(ident)), headers=NOT_STORED)

    def delete(self, request: Request, ident: str) -> Response:
        """204, also for a job that is deleted already: a client that got no answer asks again."""
        job = self.find(ident, or_deleted=True)
        if not job.deleted_at:
            detached.delete(job)
        return Response(status=204)


class JobCancelView(OfJobs):
    """`POST …/jobs/{id}/cancel`"""

    def post(self, request: Request, ident: str) -> Response:
        """The job as it is then: one that was over stays as it was."""
        job = self.find(ident)
        detached.cancel(job)
        return _answer(self.shape(self.find(ident)))


class JobRetryView(OfJobs):
    """`POST …/jobs/{id}/retry`"""

    def check_throttles(self, request: Request) -> None:
        """REST Framework asks this when it knows the key: a retry is a paid request."""
        if request.method == "POST":
            count_request(request)

    def post(self, request: Request, ident: str) -> Response:
        """The job under its old id, as it is when it is created. Raises as `detached.retry`."""
        job = self.find(ident)
        features.require(registry.get(job.kind).switch)
        # the budget that counts is that of the key that asks now
        job.api_key = cast(ApiKey, request.auth)
        again = detached.retry(job, request_id=request_id_of(request._request))
        return _answer(created_answer(again))


STATES: dict[str, tuple[Job.Status, ...]] = {
    "PENDING": (Job.Status.QUEUED,),
    "PROCESSING": (Job.Status.RUNNING,),
    "COMPLETED": (Job.Status.SUCCEEDED,),
    "FAILED": Job.UNLUCKY,
    "CANCELLED": (Job.Status.CANCELLED,),
}
"""States as the objects of jobs call them."""


class StateField(serializers.ChoiceField):
    """A state in any case."""

    default_error_messages = {"invalid_choice": f"Expected one of {', '.join(STATES)}."}

    def to_internal_value(self, data: Any) -> str:
        state: str = super().to_internal_value(str(data).upper())
        return state


class JobListQuerySerializer(ListQuerySerializer):
    """Which jobs."""

    status = StateField(choices=list(STATES), required=False)
    job_type = serializers.RegexField(
        r"^[a-z0-9_-]{1,64}$",
        required=False,
        trim_whitespace=False,
        error_messages={"invalid": "A type of job is a name such as transcription."},
    )

    def select(self, jobs: JobQuerySet) -> JobQuerySet:
        """Those of the jobs that are asked for."""
        asked = self.validated_data
        if "status" in asked:
            jobs = jobs.filter(status__in=STATES[asked["status"]])
        if "job_type" in asked:
            jobs = jobs.filter(kind__in=kinds_called(asked["job_type"]))
        return jobs


class JobListView(OfJobs):
    """`GET …/jobs`: an array, the newest first."""

    def get(self, request: Request) -> Response:
        query = JobListQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        jobs = query.select(self.visible()).prefetch_related("files")
        answer = rows_answer(jobs, query, self.shape)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def job_urls(prefix: str, *kinds: str, shape: Shape = job_object) -> list[URLPattern]:
    """The addresses of jobs below a prefix, such as "jobs": of some kinds, or of all.

    Their names are those of the prefix with a dash for each slash, with `-job`, `-job-retry` and
    `-job-cancel` behind it.
    """
    name = prefix.replace("/", "-")
    how: dict[str, Any] = {"kinds": kinds, "shape": shape}
    one = f"{prefix}/<str:ident>"
    return [
        path(prefix, JobListView.as_view(**how), name=name),
        path(one, JobView.as_view(**how), name=f"{name}-job"),
        path(f"{one}/retry", JobRetryView.as_view(**how), name=f"{name}-job-retry"),
        path(f"{one}/cancel", JobCancelView.as_view(**how), name=f"{name}-job-cancel"),
    ]


def kinds_called(job_type: str) -> list[str]:
    """The kinds that have a name: their own, that of their jobs or that of what is sold."""
    return [
        service.kind
        for service in registry.services()
        if job_type in {service.kind, service.job_type, service.offer.service_type}
    ]


def unknown_job() -> Problem:
    return Problem("This account has no job of that id.", status=404, code="job_not_found")


def _named(jobs: JobQuerySet, ident: str) -> Job | None:
    if ident.isascii() and ident.isdecimal():
        return jobs.filter(number=int(ident)).first() if len(ident) <= MAX_DIGITS else None
    try:
        named = uuid.UUID(ident)
    except ValueError:
        return None
    number = number_in(named)
    return jobs.filter(**({"pk": named} if number is None else {"number": number})).first()


def _answer(body: dict[str, Any]) -> Response:
    return Response(body, headers=NOT_STORED)
