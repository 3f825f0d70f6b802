"""AudioPod's own endpoints of transcripts that no client waits for: how such a job is made."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request

from audio.codecs.verdict import DecodedAudio
from audio_api.channel.waiting import Waiting
from audio_api.http.paid import caller_of
from audio_api.jobs import detached, start
from audio_api.jobs.detached import Upload
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.native.creating import CreatingView
from audio_api.native.jobs import NOT_STORED, JobCancelView, JobListView, JobRetryView, JobView
from audio_api.native.objects import created_answer
from audio_api.native.recordings import UPLOAD, Given, name_in, resolved, upload_of, write
from audio_api.services.transcription.decoding import decoded_file
from audio_api.services.transcription.job_form import TranscriptionJobSerializer
from audio_api.services.transcription.job_object import transcription_object
from audio_api.services.transcription.params import TranscriptionJobRequest, wanted_of
from audio_api.services.transcription.price import most_seconds, prepare_transcription_job
from audio_api.services.transcription.serializer import named
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

PARAM = "files"
PCM_TYPE = "application/octet-stream"


class TranscriptionStatusView(JobView):
    """`GET /transcription/status/{id}`, as an older client calls it."""

    http_method_names = ["get", "head", "options"]
    kinds = (TRANSCRIPTION.kind,)
    shape = staticmethod(transcription_object)


class TranscribeView(CreatingView):
    """`POST /transcription/transcribe` and `/transcribe-upload`: the same for files and links."""

    feature = TRANSCRIPTION.switch
    serializer_class = TranscriptionJobSerializer
    required_scopes = (TRANSCRIPTION.scope,)

    def post(self, request: Request) -> HttpResponseBase:
        fields = self.fields(request)
        uploads: list[UploadedFile[bytes]] = fields.pop("files", [])
        # each by a name of its own: what a request is known by has all their bytes in it
        files = {f"files[{number}]": upload for number, upload in enumerate(uploads)}
        caller = caller_of(request, named(fields) | files)
        if job := detached.started_before(caller):
            return _answer(job)
        start.require_funds(caller)
        given = [*uploads, *(resolved(link, caller) for link in fields.get("source_urls", []))]
        if all(isinstance(each, str) for each in given):
            return _answer(_started(caller, fields, cast("list[str]", given), []))
        return Waiting(partial(_with_files, caller, fields, given))


async def _with_files(
    caller: Caller, fields: dict[str, Any], given: Sequence[Given]
) -> HttpResponseBase:
    """Decode what is here, for only that tells its length, and start the job."""
    wanted = wanted_of(fields["track"], fields["channels"])
    with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
        files: list[Upload] = []
        audios: list[DecodedAudio | None] = []
        for number, each in enumerate(given):
            if isinstance(each, str):
                audios.append(None)
                continue
            sent, pcm = Path(folder) / f"{number}", Path(folder) / f"{number}.pcm"
            name = await off_loop(write)(each, sent)
            audios.append(await decoded_file(sent, pcm, wanted, param=PARAM))
            _require_short(sum(max(a.seconds, a.paid_seconds) for a in audios if a))
            files += _kept(sent, pcm, name, number)
        sources = [each if isinstance(each, str) else "" for each in given]
        job = await off_loop(_started)(caller, fields, sources, files, audios)
        return await off_loop(_answer)(job)


def _started(
    caller: Caller,
    fields: dict[str, Any],
    sources: list[str],
    files: list[Upload],
    audios: Sequence[DecodedAudio | None] = (),
) -> Job:
    """sources: as in the request; audios: of each that is a file. Raises as `detached.start`."""
    links = sum(1 for source in sources if source)
    wanted = wanted_of(fields["track"], fields["channels"])
    paid = sum(audio.paid_seconds for audio in audios if audio)
    request = TranscriptionJobRequest(
        sources=tuple(sources),
        seconds=sum(audio.seconds for audio in audios if audio),
        most_seconds=most_seconds(caller, links * (2 if wanted.split else 1), paid),
        language=fields["language"],
        word_timestamps=fields["enable_word_timestamps"],
        model_type=fields["model_type"],
        min_speakers=fields["min_speakers"],
        max_speakers=fields["max_speakers"],
        track=wanted.track,
        channels=fields["channels"],
        sounds=tuple(audio.sound if audio else None for audio in audios),
    )
    name = files[0].file_name if files else name_in(sources[0])
    return detached.start(prepare_transcription_job(caller, request, display_name=name), files)


def _kept(sent: Path, pcm: Path, name: str, position: int) -> list[Upload]:
    """A recording, and its samples, which only a worker needs."""
    upload = upload_of(sent, name, position)
    decoded = Upload(pcm, upload.file_name, PCM_TYPE, JobFile.Role.DECODED, UPLOAD, position)
    return [upload, decoded]


def _require_short(seconds: float) -> None:
    if seconds > settings.MAX_AUDIO_SECONDS:
        raise Problem(
            f"The recordings are longer than {settings.MAX_AUDIO_SECONDS} seconds together. Send"
            " them in several jobs.",
            param=PARAM,
            code="invalid_value",
        )


def _answer(job: Job) -> JsonResponse:
    return JsonResponse(created_answer(job), headers=NOT_STORED)


_JOBS = "transcription/jobs"
_KIND: dict[str, Any] = {"kinds": (TRANSCRIPTION.kind,)}
_ONE: dict[str, Any] = _KIND | {"shape": transcription_object}
# AudioPod's client up to 2.1.0 has this prefix
_OLDER = "transcribe"
urlpatterns = [
    path(f"{_OLDER}/transcribe", TranscribeView.as_view()),
    path(f"{_OLDER}/transcribe-upload", TranscribeView.as_view()),
    path(f"{_OLDER}/jobs", JobListView.as_view(**_KIND)),
    path(f"{_OLDER}/jobs/<str:ident>", JobView.as_view(**_ONE)),
    path("transcription/transcribe", TranscribeView.as_view(), name="transcribe"),
    path("transcription/transcribe-upload", TranscribeView.as_view(), name="transcribe-upload"),
    # a list has no transcripts, and need not read a hundred files
    path(_JOBS, JobListView.as_view(**_KIND), name="transcription-jobs"),
    path(f"{_JOBS}/<str:ident>", JobView.as_view(**_ONE), name="transcription-job"),
    path(f"{_JOBS}/<str:ident>/retry", JobRetryView.as_view(**_KIND), name="retry-transcription"),
    path(
        f"{_JOBS}/<str:ident>/cancel", JobCancelView.as_view(**_KIND), name="cancel-transcription"
    ),
    path(
        "transcription/status/<str:ident>",
        TranscriptionStatusView.as_view(),
        name="transcription-status",
    ),
]
