"""The body of a request for a speech that no client waits for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from audio.engines.speech.text import speakable
from audio_api.http.fields import TextField, WordField
from audio_api.native.fields import FlexibleBooleanField, FlexibleDictField
from audio_api.native.job_body import JobBody
from audio_api.services.speech.params import SpeechFile, TimestampType
from audio_api.services.speech.serializer import MAX_SPEED, MIN_SPEED, NOT_SPEAKABLE

MAX_JOB_CHARACTERS = 20_000
MAX_LANGUAGE_CHARACTERS = 32
DELIVERY_MODES = ["stable", "balanced", "creative"]
_OTHER_NAMES = {"text": "input_text", "format": "audio_format", "response_format": "audio_format"}
"""What others than AudioPod's client call a field."""


class GenerationParamsSerializer(serializers.Serializer[Any]):
    """`generation_params`. Unknown ones are ignored."""

    delivery_mode = WordField(choices=DELIVERY_MODES, default="balanced")
    timestamp_type = WordField(
        choices=[kind.value for kind in TimestampType], default=TimestampType.WORD.value
    )
    text_normalization = FlexibleBooleanField(default=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class GenerationParamsField(FlexibleDictField):
    """The same, as an object or as the text of one."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        serializer = GenerationParamsSerializer(data=super().to_internal_value(data))
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class SpeechJobSerializer(JobBody):
    """`POST /voice/voices/{ref}/generate`. Unknown fields are ignored.

    The language is a hint: AudioPod's client always sends one, whatever the voice speaks.
    """

    component = "GenerateSpeech"

    input_text = TextField(max_length=MAX_JOB_CHARACTERS, allow_empty=False)
    speed = serializers.FloatField(min_value=MIN_SPEED, max_value=MAX_SPEED, default=1.0)
    audio_format = WordField(
        choices=[form.value for form in SpeechFile], default=SpeechFile.MP3.value
    )
    language = TextField(max_length=MAX_LANGUAGE_CHARACTERS, is_name=True, default="")
    generation_params = GenerationParamsField(default=dict)

    def to_internal_value(self, data: Any) -> Any:
        known = {_OTHER_NAMES.get(name, name): value for name, value in data.items()}
        return super().to_internal_value(known)

    def validate_input_text(self, value: str) -> str:
        if not speakable(value):
            raise ValidationError(NOT_SPEAKABLE, code="unspeakable_input")
        return value

    def validate_speed(self, value: float) -> float:
        if math.isnan(value):  # which is within any limits
            raise ValidationError("Expected a number.", code="invalid")
        return value

    def validate_generation_params(self, value: dict[str, Any]) -> dict[str, Any]:
        return value or dict(GenerationParamsSerializer().run_validation({}))
