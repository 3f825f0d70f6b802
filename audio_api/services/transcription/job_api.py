"""AudioPod's own endpoints of transcripts that no client waits for: how such a job is made."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request

from audio.codecs.sniff import sniff
from audio_api.channel.waiting import Waiting
from audio_api.http.paid import DetachedView, caller_of
from audio_api.jobs import detached, start
from audio_api.jobs.detached import Upload
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.native.parsers import NATIVE_PARSERS, body_of
from audio_api.services.transcription.decoding import decoded
from audio_api.services.transcription.job_form import TranscriptionJobSerializer
from audio_api.services.transcription.job_object import transcription_created
from audio_api.services.transcription.params import TranscriptionJobRequest
from audio_api.services.transcription.price import most_seconds, prepare_transcription_job
from audio_api.services.transcription.service import TRANSCRIPTION
from audio_api.services.transcription.sources import UPLOAD
from audiopod.common.links import reference
from audiopod.common.links.configured import allow_list
from audiopod.common.links.contents import content_type
from audiopod.common.links.verdict import FetchError
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

MAX_NAME_CHARACTERS = 200


class TranscribeView(DetachedView):
    """`POST /transcription/transcribe` and `/transcribe-upload`: the same for files and links."""

    feature = TRANSCRIPTION.switch
    parser_classes = NATIVE_PARSERS
    required_scopes = (TRANSCRIPTION.scope,)

    def post(self, request: Request) -> HttpResponseBase:
        serializer = TranscriptionJobSerializer(data=body_of(request))
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        uploads: list[UploadedFile[bytes]] = fields.pop("files", [])
        caller = caller_of(request, fields | _by_number(uploads))
        if job := detached.started_before(caller):
            return _answer(job)
        start.require_funds(caller)
        links = [_checked(link) for link in fields.get("source_urls", [])]
        if uploads:
            return Waiting(partial(_of_files, caller, fields, uploads))
        return _answer(_started(caller, fields, links, []))


async def _of_files(
    caller: Caller, fields: dict[str, Any], uploads: list[UploadedFile[bytes]]
) -> HttpResponseBase:
    """Decode what was sent, for only that tells its length, and start the job."""
    with tempfile.TemporaryDirectory(prefix="audiopod-") as name:
        folder = Path(name)
        seconds: list[float] = []
        for number, upload in enumerate(uploads):
            audio = await decoded(upload, folder, name=f"{number}-", param="files")
            seconds.append(audio.seconds)
            _require_short(sum(seconds))
        given = _kept(folder, uploads)
        start_it = off_loop(_started)
        job = await start_it(caller, fields, [""] * len(uploads), given, sum(seconds))
        return await off_loop(_answer)(job)


def _started(
    caller: Caller,
    fields: dict[str, Any],
    sources: list[str],
    files: list[Upload],
    seconds: float = 0.0,
) -> Job:
    """sources: as in the request; seconds: of the files. Raises as `detached.start`."""
    links = sum(1 for source in sources if source)
    request = TranscriptionJobRequest(
        sources=tuple(sources),
        seconds=seconds,
        most_seconds=most_seconds(caller, links, seconds),
        language=fields["language"],
        word_timestamps=fields["enable_word_timestamps"],
        model_type=fields["model_type"],
        min_speakers=fields["min_speakers"],
        max_speakers=fields["max_speakers"],
    )
    name = files[0].file_name if files else _name_of(sources[0])
    return detached.start(prepare_transcription_job(caller, request, display_name=name), files)


def _kept(folder: Path, uploads: list[UploadedFile[bytes]]) -> list[Upload]:
    """Each upload, and its samples, which only a worker needs."""
    given: list[Upload] = []
    for number, upload in enumerate(uploads):
        sent = folder / f"{number}-upload"
        name = (upload.name or UPLOAD)[-MAX_NAME_CHARACTERS:]
        given.append(Upload(sent, name, _content_type(sent), name=UPLOAD, position=number))
        given.append(
            Upload(
                folder / f"{number}-audio.pcm",
                name,
                "application/octet-stream",
                role=JobFile.Role.DECODED,
                name=UPLOAD,
                position=number,
            )
        )
    return given


def _content_type(path: Path) -> str:
    """By its bytes, whatever its sender calls it."""
    with path.open("rb") as file:
        return content_type(sniff(file) or "")


def _checked(link: str) -> str:
    """A link that may be fetched, as far as that is known at once. Raises Problem (400)."""
    try:
        found = reference.parse(link, public_url=settings.PUBLIC_URL, allow=allow_list())
    except FetchError as error:
        raise Problem(
            str(error), status=error.status, param="source_urls", code=error.code.lower()
        ) from None
    assert isinstance(found, reference.DirectLink)  # noqa: S101
    return found.url


def _require_short(seconds: float) -> None:
    if seconds > settings.MAX_AUDIO_SECONDS:
        raise Problem(
            f"The recordings are longer than {settings.MAX_AUDIO_SECONDS} seconds together. Send"
            " them in several jobs.",
            param="files",
            code="invalid_value",
        )


def _name_of(link: str) -> str:
    """What a job of a link is called before it has been fetched."""
    return link.partition("?")[0].rstrip("/").rpartition("/")[2][-MAX_NAME_CHARACTERS:] or link


def _by_number(uploads: list[UploadedFile[bytes]]) -> dict[str, UploadedFile[bytes]]:
    """Each by a name of its own: what a request is known by has all their bytes in it."""
    return {f"files[{number}]": upload for number, upload in enumerate(uploads)}


def _answer(job: Job) -> JsonResponse:
    return JsonResponse(transcription_created(job))


urlpatterns = [
    path("transcription/transcribe", TranscribeView.as_view(), name="transcribe"),
    path("transcription/transcribe-upload", TranscribeView.as_view(), name="transcribe-upload"),
]
