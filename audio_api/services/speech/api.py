"""`POST /api/v1/audio/speech`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from accounts.models import User
from audio.codecs.encode import SpeechFormat
from audio_api.channel import sse
from audio_api.channel.receipt import Receipt
from audio_api.channel.waiting import Waiting
from audio_api.http import replay
from audio_api.http.paid import PaidView, caller_of, started
from audio_api.models import Job
from audio_api.services.speech.events import audio_deltas, done
from audio_api.services.speech.params import SpeechRequest, SpeechStream
from audio_api.services.speech.price import prepare_speech
from audio_api.services.speech.relay import relay_speech
from audio_api.services.speech.serializer import SpeechSerializer
from audio_api.services.speech.service import SPEECH
from audiopod.common.connection import Connection, connection_of
from audiopod.common.problem import Problem
from voices import dictionary
from voices.services import resolve

MAX_GROWTH = 8
"""Times the length of a text that it may have once the words of a dictionary are in it."""
WITH_DICTIONARY = "With the words of your dictionary"
"""How the refusal of a text begins that is longer then."""


class SpeechView(PaidView):
    """`POST /api/v1/audio/speech`: text to speech, streamed as it is made."""

    feature = SPEECH.switch
    serializer_class = SpeechSerializer
    parser_classes = [JSONParser]
    required_scopes = (SPEECH.scope,)

    def post(self, request: Request) -> HttpResponse:
        serializer = SpeechSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        caller = caller_of(request, fields)
        # before its voice and the dictionary are looked up, which may have changed meanwhile
        if kept := replay.earlier(caller):
            return _again(kept, fields)
        asked = speech_request(caller.user, fields)
        job = prepare_speech(caller, asked)
        return Waiting(partial(self._spoken, job, asked, connection_of(request._request)))

    async def _spoken(
        self, job: Job, asked: SpeechRequest, connection: Connection
    ) -> StreamingHttpResponse:
        reader = await started(job)
        return await relay_speech(job, Receipt(reader, connection), asked)


def _again(kept: Job, fields: Mapping[str, Any]) -> Waiting:
    """The speech that was kept, as bytes or as the events that it was sent in."""
    if fields["stream_format"] == SpeechStream.SSE:
        end = done(fields["input"], kept.audio_ms)
        if fields.get("timestamps"):  # it was kept in events
            return replay.replayed(kept, sse.CONTENT_TYPE, end=end)
        return replay.replayed(kept, sse.CONTENT_TYPE, framed=audio_deltas, end=end)
    return replay.replayed(kept, SpeechFormat(fields["response_format"]).content_type)


def pronounced_for(user: User, text: str, *, param: str) -> str:
    """`text` as the account's dictionary says it; "" where that has no word of it.

    Raises Problem (400, of `param`) for one that its words make many times as long.
    """
    said = dictionary.pronounced(user, text)
    if len(said) > MAX_GROWTH * len(text) + dictionary.SAID_LENGTH:
        raise Problem(
            f"{WITH_DICTIONARY} the text is more than {MAX_GROWTH} times as long."
            " Send less of it at once, or shorten how they are said.",
            param=param,
            code="string_above_max_length",
        )
    return "" if said == text else said


def speech_request(user: User, fields: dict[str, Any]) -> SpeechRequest:
    """What `SpeechSerializer` has let through, with the voice found. Raises UnknownVoice."""
    voice = resolve(user, fields["voice"])
    return SpeechRequest(
        model=fields["model"],
        text=fields["input"],
        pronounced=pronounced_for(user, fields["input"], param="input"),
        voice_name=voice.name,
        engine=voice.engine,
        engine_voice=voice.engine_voice,
        language=voice.language,
        response_format=fields["response_format"],
        speed=float(fields["speed"]),
        instructions=fields["instructions"],
        stream_format=fields["stream_format"],
        timestamps=fields.get("timestamps", ""),
        pace_ms=voice.pace_ms,
        gain_db=voice.gain_db,
    )
