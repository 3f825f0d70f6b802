"""The body of a speech request."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError

from audio.codecs.encode import SpeechFormat
from audio.engines.speech.text import speakable
from audio_api.http.bodies import JsonBody
from audio_api.http.fields import MAX_MODEL_CHARACTERS, TextField, VoiceField, WordField
from audio_api.services.speech.params import SpeechStream, TimestampType
from audiopod.common.strict import StrictFloatField

MAX_INPUT_CHARACTERS = 4096
MIN_SPEED, MAX_SPEED = 0.25, 4.0
NOT_SPEAKABLE = (
    "There is nothing in the input that can be spoken: it needs at least one letter or digit."
)
NO_PLACE_FOR_TIMES = (
    "Bytes of audio have no place for times: ask for stream_format 'sse', whose events have, or for"
    " a job (POST /voice/voices/{voice}/generate), which keeps them beside its file."
)


class SpeechSerializer(JsonBody):
    """`POST /audio/speech`."""

    component = "CreateSpeech"

    model = TextField(max_length=MAX_MODEL_CHARACTERS, allow_empty=False, is_name=True)
    input = TextField(max_length=MAX_INPUT_CHARACTERS, allow_empty=False)  # not bytes
    voice = VoiceField()
    instructions = TextField(max_length=MAX_INPUT_CHARACTERS, default="")
    response_format = WordField(
        choices=[f.value for f in SpeechFormat], default=SpeechFormat.MP3.value
    )
    speed = StrictFloatField(min_value=MIN_SPEED, max_value=MAX_SPEED, default=1.0)
    stream_format = WordField(
        choices=[f.value for f in SpeechStream], default=SpeechStream.AUDIO.value
    )
    # no default: a request that does not name it stays, to its Idempotency-Key, what it was
    timestamps = WordField(choices=[kind.value for kind in TimestampType], required=False)

    def validate_input(self, value: str) -> str:
        if not speakable(value):
            raise ValidationError(NOT_SPEAKABLE, code="unspeakable_input")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("timestamps") and attrs["stream_format"] != SpeechStream.SSE:
            raise ValidationError({"timestamps": NO_PLACE_FOR_TIMES}, code="invalid_value")
        return attrs

    def validate_instructions(self, value: str) -> str:
        """Home Assistant sends Python's word for nothing."""
        return "" if value.strip() == "None" else value
