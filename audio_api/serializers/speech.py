"""The body of a speech request."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from audio_api.codecs.encode import SpeechFormat
from audio_api.engines.text import speakable
from audio_api.serializers.fields import MAX_MODEL_CHARACTERS, NumberField, TextField, VoiceField

MAX_INPUT_CHARACTERS = 4096
MIN_SPEED, MAX_SPEED = 0.25, 4.0


class SpeechSerializer(serializers.Serializer[Any]):
    """`POST /audio/speech`. Unknown fields are ignored."""

    model = TextField(max_length=MAX_MODEL_CHARACTERS, allow_empty=False, is_name=True)
    input = TextField(max_length=MAX_INPUT_CHARACTERS, allow_empty=False)
    voice = VoiceField()
    instructions = TextField(max_length=MAX_INPUT_CHARACTERS, required=False, allow_null=True)
    response_format = serializers.ChoiceField(
        choices=[f.value for f in SpeechFormat], default=SpeechFormat.MP3.value
    )
    speed = NumberField(min_value=MIN_SPEED, max_value=MAX_SPEED, default=1.0)
    stream_format = serializers.ChoiceField(choices=["audio", "sse"], default="audio")

    def validate_input(self, value: str) -> str:
        if not speakable(value):
            raise ValidationError(
                "There is nothing in the input that can be spoken: it needs at least one letter"
                " or digit.",
                code="unspeakable_input",
            )
        return value

    def validate_stream_format(self, value: str) -> str:
        if value == "sse":
            raise ValidationError(
                "stream_format 'sse' is not supported by this server. Use 'audio'.",
                code="unsupported_value",
            )
        return value
