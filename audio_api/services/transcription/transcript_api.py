"""What became of a recording: its transcript in seven forms, corrected, and the recording."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from audio_api.channel.waiting import Waiting
from audio_api.http.paid import count_request
from audio_api.http.turns import in_turn
from audio_api.models import JobFile
from audio_api.native import media
from audio_api.native.jobs import OfJobs
from audio_api.native.objects import is_kept
from audio_api.services.transcription.cue_form import GRANULARITIES, CueFields, check_cues
from audio_api.services.transcription.documents import (
    MAX_NOTES_CHARACTERS,
    DocumentForm,
    Rendered,
    StoredTranscript,
    apply_edits,
    checked_notes,
    edit_answer,
    render,
    versions_answer,
)
from audio_api.services.transcription.form import form_data
from audio_api.services.transcription.job_object import read, require_transcript
from audio_api.services.transcription.keeping import keep_version, require_room
from audio_api.services.transcription.service import TRANSCRIPTION
from audio_api.services.transcription.subtitles import LIMITS, Layout
from audiopod.common.problem import Problem

FORM = OpenApiParameter(
    "format", str, enum=[form.value for form in DocumentForm], default=DocumentForm.JSON.value
)
CUES = [
    OpenApiParameter("timestamp_granularities[]", str, enum=GRANULARITIES),
    *(OpenApiParameter(name, int) for name in LIMITS),
]
SEGMENT = {"$ref": "#/components/schemas/EditableSegment"}
EDIT = {
    "type": "object",
    "required": ["segments"],
    "properties": {
        "segments": {"type": "array", "items": SEGMENT | {"required": ["start", "end", "text"]}},
        "edit_notes": {"type": ["string", "null"], "maxLength": MAX_NOTES_CHARACTERS},
    },
}
answer_is_written = extend_schema(request=None, responses={200: OpenApiTypes.NONE})


class OfTranscription(OfJobs):
    """About one transcription job, by its number or its UUID."""

    kinds = (TRANSCRIPTION.kind,)

    def transcript(self, ident: str) -> StoredTranscript:
        """As it was corrected last. Raises Problem as `find` and `require_transcript`."""
        return read(require_transcript(self.find(ident)))


class TranscriptView(OfTranscription):
    """`GET /transcription/jobs/{id}/transcript?format=`"""

    def check_throttles(self, request: Request) -> None:
        """REST Framework asks this when it knows the key: a PDF of hours takes many seconds."""
        if request.method in {"GET", "HEAD"} and _form(request) is DocumentForm.PDF:
            count_request(request)

    @extend_schema(parameters=[FORM, *CUES], request=None, responses={200: OpenApiTypes.NONE})
    def get(self, request: Request, ident: str) -> HttpResponseBase:
        job = self.find(ident)
        form = _form(request)
        asked = CueFields(data=form_data(request.query_params))
        asked.is_valid(raise_exception=True)
        cues = asked.validated_data
        check_cues(cues, form)
        stored = read(require_transcript(job))
        title = job.display_name or f"transcript-{job.number}"
        layout = Layout.of(cues, cues["timestamp_granularities"])
        rendered = partial(render, stored, form, job_id=job.number or 0, title=title, layout=layout)
        if form is DocumentForm.PDF:
            return Waiting(partial(_in_turn, job.user_id, rendered))
        made = rendered()
        if form is DocumentForm.JSON:
            return HttpResponse(made.body, content_type=made.content_type)
        if form.is_text and wants_json(request.headers.get("Accept", "")):
            return JsonResponse(made.body.decode(), safe=False)
        return _file(made)


def _form(request: Request) -> DocumentForm:
    return DocumentForm.of(request.query_params.get("format", DocumentForm.JSON))


async def _in_turn(account: int, rendered: Callable[[], Rendered]) -> HttpResponseBase:
    return _file(await in_turn(account, rendered))


def _file(made: Rendered) -> HttpResponse:
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


class EditView(OfTranscription):
    """`GET` and `PUT /transcription/jobs/{id}/edit`: the segments, and what they are to be."""

    parser_classes = [JSONParser]
    takes_transcript = True
    """The gate lets a whole one in."""

    @answer_is_written
    def get(self, request: Request, ident: str) -> Response:
        return Response(edit_answer(self.transcript(ident)))

    @extend_schema(request={"application/json": EDIT}, responses={200: OpenApiTypes.NONE})
    def put(self, request: Request, ident: str) -> Response:
        """Raises Problem: as `apply_edits`, and 409 where another edit came first."""
        job = self.find(ident)
        stored = read(require_transcript(job))
        body: Any = request.data
        if not isinstance(body, dict):
            raise Problem("Expected a JSON object with `segments`.")
        notes = checked_notes(body.get("edit_notes"))
        edited, changes = apply_edits(stored, body.get("segments"))
        if changes:
            require_room(stored)
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


class VersionsView(OfTranscription):
    """`GET /transcription/jobs/{id}/versions`: its history, oldest first."""

    @answer_is_written
    def get(self, request: Request, ident: str) -> Response:
        return Response(versions_answer(self.transcript(ident)))


class RecordingView(OfTranscription):
    """`GET /transcription/jobs/{id}/audio/{index}`: leads to a recording of the job."""

    @extend_schema(request=None, responses={302: None})
    def get(self, request: Request, ident: str, index: int) -> HttpResponseBase:
        job = self.find(ident)
        if job.is_over and not is_kept(job):
            raise Problem(
                "The recordings of this job are not kept any more.", status=410, code="file_expired"
            )
        kept = job.files.filter(role=JobFile.Role.UPLOAD, position=index).first()
        if kept is None:
            raise Problem(
                "This job has no recording of that number. The first one is 0.",
                status=404,
                code="file_not_found",
            )
        return HttpResponseRedirect(media.link(kept), headers={"Cache-Control": "no-store"})


class ResultView(OfTranscription):
    """`GET /transcription/result/{id}`: text and segments, as an older client asks for them."""

    @answer_is_written
    def get(self, request: Request, ident: str) -> Response:
        stored = self.transcript(ident)
        return Response({"transcription": stored.text, **edit_answer(stored)})


_JOB = "transcription/jobs/<str:ident>"
urlpatterns = [
    path(f"{_JOB}/transcript", TranscriptView.as_view(), name="job-transcript"),
    path("transcription/transcript/<str:ident>", TranscriptView.as_view(), name="transcript"),
    # as AudioPod's client up to 2.1.0 asks for it
    path("transcribe/jobs/<str:ident>/transcript", TranscriptView.as_view()),
    path("transcription/result/<str:ident>", ResultView.as_view(), name="transcription-result"),
    path(f"{_JOB}/edit", EditView.as_view(), name="edit-transcript"),
    path(f"{_JOB}/versions", VersionsView.as_view(), name="transcript-versions"),
    path(f"{_JOB}/audio/<int:index>", RecordingView.as_view(), name="transcription-audio"),
]
