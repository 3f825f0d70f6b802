"""The transcription job that a request means, and its transcript."""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from accounts.models import User
from audio_api.models import Job, JobFile
from audio_api.services.transcription.job_object import newest_version
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.common.problem import Problem


def find_job(request: Request, number: int) -> Job:
    """The account's own transcription job of that public id. Raises Problem (404)."""
    mine = Job.objects.for_user(cast(User, request.user)).detached()
    job = mine.filter(number=number, kind=TRANSCRIPTION.kind).prefetch_related("files").first()
    if job is None:
        raise Problem("There is no such job.", status=404, code="job_not_found")
    return job


def require_transcript(job: Job) -> JobFile:
    """Raises Problem: 409 while there is none yet or there will be none, 410 when it is erased."""
    if newest := newest_version(job):
        return newest
    if job.status == Job.Status.SUCCEEDED:
        raise Problem(
            "The transcript of this job is not kept any more.", status=410, code="job_expired"
        )
    words = (
        "This job is not finished: ask again when it is."
        if not job.is_over
        else "This job has no transcript: it failed or was cancelled."
    )
    raise Problem(words, status=409, code="job_not_completed")
