"""What became of a recording: its transcript in seven forms, corrected, and the recording."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.services.transcription.documents import (
    DocumentForm,
    StoredTranscript,
    apply_edits,
    checked_notes,
    edit_answer,
    render,
    versions_answer,
)
from audio_api.services.transcription.finding import find_job, require_transcript
from audio_api.services.transcription.job_object import read
from audio_api.services.transcription.keeping import keep_version
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.common.problem import Problem


class TranscriptView(APIView):
    """`GET /transcription/jobs/{id}/transcript?format=`"""

    required_scopes = (TRANSCRIPTION.scope,)

    def get(self, request: Request, number: int) -> HttpResponseBase:
        job = find_job(request, number)
        form = DocumentForm.of(request.query_params.get("format", DocumentForm.JSON))
        stored = read(require_transcript(job))
        title = job.display_name or f"transcript-{job.number}"
        made = render(stored, form, job_id=number, title=title, fonts=settings.PDF_FONTS)
        if form is DocumentForm.JSON:
            return HttpResponse(made.body, content_type=made.content_type)
        if form.is_text and wants_json(request.headers.get("Accept", "")):
            return JsonResponse(made.body.decode(), safe=False)
        named = content_disposition_header(True, made.file_name)
        return HttpResponse(
            made.body,
            content_type=made.content_type,
            headers={"Content-Disposition": named, "X-Content-Type-Options": "nosniff"},
        )


def wants_json(accept: str) -> bool:
    """Whether a client takes JSON alone: AudioPod's own reads any answer as JSON, and is given a
    text as a string of it. `curl` and others take anything, and are given a file."""
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return "application/json" in kinds and not kinds & {"*/*", "text/*", "text/plain"}


class EditView(APIView):
    """`GET` and `PUT /transcription/jobs/{id}/edit`: the segments, and what they are to be."""

    parser_classes = [JSONParser]
    required_scopes = (TRANSCRIPTION.scope,)

    def get(self, request: Request, number: int) -> Response:
        return Response(edit_answer(_transcript(request, number)))

    def put(self, request: Request, number: int) -> Response:
        """Raises Problem: as `apply_edits`, and 409 where another edit came first."""
        job = find_job(request, number)
        stored = read(require_transcript(job))
        body: Any = request.data
        if not isinstance(body, dict):
            raise Problem("Expected a JSON object with `segments`.")
        notes = checked_notes(body.get("edit_notes"))
        edited, changes = apply_edits(stored, body.get("segments"))
        if changes:
            edited = edited.as_next_version(
                edit_notes=notes, at=timezone.now(), changes_count=changes
            )
            try:
                keep_version(job, edited)
            except IntegrityError:
                raise Problem(
                    "The transcript was edited by another request meanwhile. Read it again, and"
                    " send your changes to that.",
                    status=409,
                    code="transcript_changed",
                ) from None
        return Response({"changes_count": changes, "version": edited.version})


class VersionsView(APIView):
    """`GET /transcription/jobs/{id}/versions`: its history, oldest first."""

    required_scopes = (TRANSCRIPTION.scope,)

    def get(self, request: Request, number: int) -> Response:
        return Response(versions_answer(_transcript(request, number)))


class RecordingView(APIView):
    """`GET /transcription/jobs/{id}/audio/{index}`: leads to a recording of the job."""

    required_scopes = (TRANSCRIPTION.scope,)

    def get(self, request: Request, number: int, index: int) -> HttpResponseBase:
        job = find_job(request, number)
        kept = job.files.filter(role=JobFile.Role.UPLOAD, position=index).first()
        if kept is None:
            raise Problem(
                "This job has no such recording, or does not keep it any more.",
                status=404,
                code="file_not_found",
            )
        return HttpResponseRedirect(media.link(kept), headers={"Cache-Control": "no-store"})


class ResultView(APIView):
    """`GET /transcription/result/{id}`: text and segments, as an older client asks for them."""

    required_scopes = (TRANSCRIPTION.scope,)

    def get(self, request: Request, number: int) -> Response:
        stored = _transcript(request, number)
        return Response({"transcription": stored.text, **edit_answer(stored)})


def _transcript(request: Request, number: int) -> StoredTranscript:
    job: Job = find_job(request, number)
    return read(require_transcript(job))


_JOB = "transcription/jobs/<int:number>"
urlpatterns = [
    path(f"{_JOB}/transcript", TranscriptView.as_view(), name="job-transcript"),
    path("transcription/transcript/<int:number>", TranscriptView.as_view(), name="transcript"),
    path("transcription/result/<int:number>", ResultView.as_view(), name="transcription-result"),
    path(f"{_JOB}/edit", EditView.as_view(), name="edit-transcript"),
    path(f"{_JOB}/versions", VersionsView.as_view(), name="transcript-versions"),
    path(f"{_JOB}/audio/<int:index>", RecordingView.as_view(), name="transcription-audio"),
]
