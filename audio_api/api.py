"""The OpenAI-compatible endpoints: thin, one class each."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from audio_api import model_list, services
from audio_api.channel import Reader, open_reader
from audio_api.codecs.decode import decode_async
from audio_api.codecs.encode import SpeechFormat
from audio_api.codecs.verdict import DecodedAudio, DecodeError, DecodeLimits, DecodeReason
from audio_api.models import Job
from audio_api.relay import relay_speech, relay_transcript
from audio_api.requests import SpeechRequest, TranscriptionRequest
from audio_api.serializers import (
    SpeechSerializer,
    TranscriptionSerializer,
    TranslationSerializer,
    form_data,
)
from audio_api.services import Caller
from audio_api.threads import off_loop
from audio_api.waiting import Waiting, WaitingView
from audiopod.common.ids import request_id_of
from audiopod.common.problem import Problem, unavailable
from voices.services import resolve


def caller_of(request: Request) -> Caller:
    """Whoever the key belongs to: every endpoint here is for those with a key."""
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated has seen to it
    assert isinstance(request.auth, ApiKey)  # noqa: S101
    return Caller(request.user, request.auth, request_id_of(request._request))


class SpeechView(WaitingView):
    """`POST /api/v1/audio/speech`: text to speech, streamed as it is made."""

    parser_classes = [JSONParser]

    def post(self, request: Request) -> Waiting:
        serializer = SpeechSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = _speech_request(request, serializer.validated_data)
        job = services.prepare_speech(caller_of(request), asked)
        return Waiting(partial(self._spoken, job, SpeechFormat(asked.response_format)))

    async def _spoken(self, job: Job, form: SpeechFormat) -> StreamingHttpResponse:
        reader = await _started(job)
        return await relay_speech(job, reader, form.content_type)


async def _started(job: Job) -> Reader:
    """Start a job and open its line. Raises as `services.start`.

    Starting goes on in its thread when the client leaves meanwhile: the worker must then find
    the line closed, or it would work, and be paid, for nobody.
    """
    reader = open_reader(job.id)
    await reader.open()
    try:
        await off_loop(services.start)(job)
    except asyncio.CancelledError:
        await asyncio.shield(reader.close(cancelled=True))
        raise
    return reader


def _speech_request(request: Request, fields: dict[str, Any]) -> SpeechRequest:
    voice = resolve(request.user, fields["voice"])
    return SpeechRequest(
        model=fields["model"],
        text=fields["input"],
        voice_name=voice.name,
        engine=voice.engine,
        engine_voice=voice.engine_voice,
        language=voice.language,
        response_format=fields["response_format"],
        speed=float(fields["speed"]),
        instructions=fields.get("instructions") or "",
    )


class TranslationView(WaitingView):
    """`POST /api/v1/audio/translations`: speech in any language to English text."""

    parser_classes = [MultiPartParser, FormParser]
    serializer_class: type[TranslationSerializer] = TranslationSerializer
    translate = True

    def post(self, request: Request) -> Waiting:
        caller = caller_of(request)
        services.require_credit(caller.user)
        fields = self._validated(request)
        upload: UploadedFile[bytes] = fields["file"]
        return Waiting(partial(self._transcribed, caller, fields, upload))

    def _validated(self, request: Request) -> dict[str, Any]:
        try:
            form = form_data(cast("QueryDict", request.data))
        except (UnsupportedMediaType, ParseError):
            raise Problem("Could not parse multipart form") from None
        serializer = self.serializer_class(data=form)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        return fields

    async def _transcribed(
        self, caller: Caller, fields: dict[str, Any], upload: UploadedFile[bytes]
    ) -> HttpResponse:
        with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
            audio = await _decoded(upload, Path(folder))
            asked = self._request(fields, audio.seconds)
            job = await off_loop(services.prepare_transcription)(caller, asked, audio.path)
        reader = await _started(job)
        return await relay_transcript(job, reader)

    def _request(self, fields: dict[str, Any], seconds: float) -> TranscriptionRequest:
        return TranscriptionRequest(
            model=fields["model"],
            task="translate" if self.translate else "transcribe",
            response_format=fields["response_format"],
            language=fields.get("language"),
            prompt=fields["prompt"],
            # 0 means the default: raise the temperature only where the decoder gets stuck
            temperature=fields["temperature"] or None,
            granularities=tuple(fields.get("timestamp_granularities") or ["segment"]),
            seconds=seconds,
        )


class TranscriptionView(TranslationView):
    """`POST /api/v1/audio/transcriptions`: speech to text, in the language spoken."""

    serializer_class = TranscriptionSerializer
    translate = False


async def _decoded(upload: UploadedFile[bytes], folder: Path) -> DecodedAudio:
    """Decode an upload in its bounded child process. Raises Problem (400)."""
    source = folder / "upload"
    await asyncio.to_thread(_write, upload, source)
    limits = DecodeLimits(max_seconds=settings.MAX_AUDIO_SECONDS)
    try:
        return await decode_async(source, folder / "audio.pcm", limits=limits)
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise unavailable(str(error)) from None
        raise Problem(str(error), param="file", code="invalid_value") from None


def _write(upload: UploadedFile[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)


class ModelsView(APIView):
    """`GET /api/v1/models`."""

    def get(self, request: Request) -> Response:
        return Response({"object": "list", "data": model_list.models()})


class ModelView(APIView):
    """`GET /api/v1/models/{id}`."""

    def get(self, request: Request, name: str) -> Response:
        model = model_list.model(name)
        if model is None:
            raise Problem(
                f"The model `{name}` does not exist or you do not have access to it.",
                status=404,
                param="model",
                code="model_not_found",
            )
        return Response(model)
