"""`POST /api/v1/audio/speech`."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from audio.codecs.encode import SpeechFormat
from audio_api.channel import sse
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
from voices.models import Reader
from voices.services import resolve


class SpeechView(PaidView):
    """`POST /api/v1/audio/speech`: text to speech, streamed as it is made."""

    feature = SPEECH.switch
    serializer_class = SpeechSerializer
    parser_classes = [JSONParser]
    required_scopes = (SPEECH.scope,)

    def post(self, request: Request) -> HttpResponse:
        serializer = SpeechSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = speech_request(request.user, serializer.validated_data)
        caller = caller_of(request, serializer.validated_data)
        if kept := replay.earlier(caller):
            return _again(kept, asked)
        job = prepare_speech(caller, asked)
        return Waiting(partial(self._spoken, job, asked))

    async def _spoken(self, job: Job, asked: SpeechRequest) -> StreamingHttpResponse:
        reader = await started(job)
        return await relay_speech(job, reader, asked)


def _again(kept: Job, asked: SpeechRequest) -> Waiting:
    """The speech that was kept, as bytes or as the events that it was sent in."""
    if asked.stream_format == SpeechStream.SSE:
        end = done(asked.text, kept.audio_ms)
        return replay.replayed(kept, sse.CONTENT_TYPE, framed=audio_deltas, end=end)
    return replay.replayed(kept, SpeechFormat(asked.response_format).content_type)


def speech_request(user: Reader, fields: dict[str, Any]) -> SpeechRequest:
    """What `SpeechSerializer` has let through, with the voice found. Raises UnknownVoice."""
    voice = resolve(user, fields["voice"])
    return SpeechRequest(
        model=fields["model"],
        text=fields["input"],
        voice_name=voice.name,
        engine=voice.engine,
        engine_voice=voice.engine_voice,
        language=voice.language,
        response_format=fields["response_format"],
        speed=float(fields["speed"]),
        instructions=fields["instructions"],
        stream_format=fields["stream_format"],
    )
