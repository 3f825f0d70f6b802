"""`POST /api/v1/audio/transcriptions` and `/translations`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from audio.codecs.verdict import DecodedAudio
from audio_api.channel import Reader, sse
from audio_api.channel.receipt import Receipt
from audio_api.channel.waiting import Waiting
from audio_api.http import replay
from audio_api.http.multipart import FilesParser
from audio_api.http.paid import PaidView, caller_of, started
from audio_api.jobs import start
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.transcription.cue_form import SUBTITLES
from audio_api.services.transcription.decoding import decoded
from audio_api.services.transcription.form import form_data
from audio_api.services.transcription.params import TranscriptionRequest, wanted_of
from audio_api.services.transcription.price import prepare_transcription
from audio_api.services.transcription.relay import relay_deltas, relay_transcript
from audio_api.services.transcription.serializer import (
    TranscriptionSerializer,
    TranslationSerializer,
    named,
    no_speakers,
)
from audio_api.services.transcription.service import TRANSCRIPTION
from audio_api.services.transcription.transcripts import DEFAULT_GRANULARITIES, TranscriptFormat
from audiopod.common.connection import Connection, connection_of
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop


class TranslationView(PaidView):
    """`POST /api/v1/audio/translations`: speech in any language to English text."""

    feature = TRANSCRIPTION.switch
    parser_classes = [FilesParser, FormParser]
    required_scopes = (TRANSCRIPTION.scope,)
    serializer_class = TranslationSerializer
    translate = True
    may_be_long = True

    def post(self, request: Request) -> HttpResponse:
        fields = self._validated(request)
        caller = caller_of(request, named(fields))
        if kept := replay.earlier(caller):
            if fields.get("stream"):
                return replay.replayed(kept, sse.CONTENT_TYPE)
            form = TranscriptFormat(fields["response_format"])
            return replay.replayed(kept, form.content_type)
        start.require_funds(caller)
        connection = connection_of(request._request)
        return Waiting(partial(self._transcribed, caller, fields, connection))

    def _validated(self, request: Request) -> dict[str, Any]:
        try:
            form = form_data(cast("QueryDict", request.data))
        except (UnsupportedMediaType, ParseError):
            raise Problem("Could not parse multipart form") from None
        except RequestDataTooBig:
            raise _too_many_words() from None
        serializer = self.serializer_class(data=form)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        return fields

    async def _transcribed(
        self, caller: Caller, fields: dict[str, Any], connection: Connection
    ) -> HttpResponseBase:
        asked = partial(transcription_request, fields, translate=self.translate)
        job, reader = await started_on(fields, caller, asked)
        receipt = Receipt(reader, connection)
        if fields.get("stream"):
            return await relay_deltas(job, receipt)
        return await relay_transcript(job, receipt, TranscriptFormat(fields["response_format"]))


class TranscriptionView(TranslationView):
    """`POST /api/v1/audio/transcriptions`: speech to text, in the language spoken."""

    serializer_class = TranscriptionSerializer
    translate = False


def transcription_request(
    fields: Mapping[str, Any], audio: DecodedAudio, *, translate: bool
) -> TranscriptionRequest:
    """What a serializer has let through, for this audio."""
    usual = () if fields["response_format"] in SUBTITLES else DEFAULT_GRANULARITIES
    return TranscriptionRequest(
        model=fields["model"],
        task="translate" if translate else "transcribe",
        response_format=fields["response_format"],
        language=fields.get("language"),
        prompt=fields["prompt"],
        # 0 means the default: raise the temperature only where the decoder gets stuck
        temperature=fields["temperature"] or None,
        granularities=tuple(fields["timestamp_granularities"] or usual),
        seconds=audio.seconds,
        languages=tuple(fields.get("languages", ())),
        keywords=tuple(fields.get("keywords", ())),
        detection=fields.get("chunking_strategy"),
        logprobs=bool(fields.get("include")),
        max_line_width=fields["max_line_width"],
        max_line_count=fields["max_line_count"],
        max_words_per_line=fields["max_words_per_line"],
        stream=fields.get("stream", False),
        every_format=fields.get("every_format", False),
        track=fields["track"],
        channels=fields["channels"],
        sound=audio.sound,
    )


async def started_on(
    fields: Mapping[str, Any],
    caller: Caller,
    asked: Callable[[DecodedAudio], TranscriptionRequest],
) -> tuple[Job, Reader]:
    """Decode the upload of some fields, start its job. Raises as `jobs.start`, and Problem (400).

    asked: the request, of what the upload turns out to be.
    """
    with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
        audio = await decoded(
            fields["file"], Path(folder), wanted_of(fields["track"], fields["channels"])
        )
        prepare = off_loop(prepare_transcription)
        job = await prepare(caller, asked(audio), audio.path)
    return job, await started(job)


def _too_many_words() -> Problem:
    """Only recordings of speakers, which OpenAI takes as text, make a form's text this large."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
    message = f"The text fields of the form have more than {limit} MiB. "
    return Problem(
        message + no_speakers("known_speaker_references"),
        param="known_speaker_references",
        code="unsupported_value",
    )
