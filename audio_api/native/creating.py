"""What the endpoints share that create a job and answer at once.

AudioPod's client repeats a request that it gets no answer to, and so would pay twice: nothing is
waited for here, and nothing can fail once the job is there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audio_api.channel.waiting import WaitingView
from audio_api.http.bodies import Body
from audio_api.http.fields import TextField
from audio_api.http.paid import count_request
from audio_api.jobs import detached
from audio_api.jobs.detached import Upload
from audio_api.models import Job, JobFile
from audio_api.native import reading
from audio_api.native.jobs import NOT_STORED
from audio_api.native.objects import created_answer
from audio_api.native.parsers import NATIVE_PARSERS, body_of
from audiopod.common import features
from audiopod.common.features import Feature

MAX_NAME_CHARACTERS = 255
MAX_URL_CHARACTERS = 2048
UNKNOWN_TYPE = "application/octet-stream"


class JobFields(serializers.Serializer[dict[str, Any]]):
    """What every job can be given."""

    display_name = TextField(max_length=MAX_NAME_CHARACTERS, default="")
    webhook_url = TextField(max_length=MAX_URL_CHARACTERS, default="")

    def validate_webhook_url(self, url: str) -> str:
        """A promise that cannot be kept is not made: the client would wait for its call."""
        if url:
            raise ValidationError(
                "This server does not call webhooks: ask for the job until it is completed.",
                code="webhooks_not_available",
            )
        return url


class SourceFields(JobFields):
    """A job on one recording: a file, or a link to one."""

    file = serializers.FileField(required=False, max_length=MAX_NAME_CHARACTERS)
    url = TextField(max_length=MAX_URL_CHARACTERS, required=False)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        has_file, has_url = bool(fields.get("file")), bool(fields.get("url"))
        if has_file and has_url:
            twice = ErrorDetail("Send `file` or `url`, not both.", code="invalid_value")
            raise ValidationError({"url": twice})
        if not (has_file or has_url):
            missing = ErrorDetail("Send `file` or `url`.", code="missing_required_parameter")
            raise ValidationError({"file": missing})
        return fields


class CreatingView(WaitingView):
    """An endpoint that creates jobs of one kind."""

    feature: Feature
    """The operator can switch it off; its requests are refused then."""
    parser_classes = NATIVE_PARSERS
    serializer_class: ClassVar[type[Body]]
    """What a body of any kind must be."""

    def check_throttles(self, request: Request) -> None:
        """REST Framework asks this when it knows the key, before the body is parsed."""
        if request.method == "POST":
            features.require(self.feature)
            count_request(request)


def fields_of(request: Request, serializer: type[JobFields]) -> dict[str, Any]:
    """The fields of a body of any kind. Raises ValidationError."""
    asked = serializer(data=body_of(request))
    asked.is_valid(raise_exception=True)
    fields: dict[str, Any] = asked.validated_data
    return fields


def created(job: Job, uploads: Sequence[Upload] = ()) -> Response:
    """Start a prepared job and say so. Raises as `detached.start`."""
    return Response(created_answer(detached.start(job, uploads)), headers=NOT_STORED)


@contextmanager
def on_disk(upload: UploadedFile[bytes]) -> Iterator[Upload]:
    """An upload as a file of this machine, for as long as it is needed."""
    with _folder() as folder:
        path = folder / "upload"
        with path.open("wb") as copy:
            for chunk in upload.chunks():
                copy.write(chunk)
        yield Upload(path, upload.name or "upload", upload.content_type or UNKNOWN_TYPE)


@contextmanager
def copied(file: JobFile) -> Iterator[Upload]:
    """A file of another job, for as long as it is needed. A job gets a copy, for its input must
    not go when the other job does. Raises FileNotFoundError."""
    with _folder() as folder:
        path = folder / "upload"
        content = reading.opened(file.path, range(file.bytes))
        with content, path.open("wb") as copy:
            shutil.copyfileobj(content, copy)
        yield Upload(path, file.file_name, file.content_type)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
        yield Path(folder)
