"""The forms of transcription and translation requests."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio_api.engines.languages import whisper_code
from audio_api.serializers.fields import MAX_MODEL_CHARACTERS, TextField

MAX_PROMPT_CHARACTERS = 8192
TRANSCRIPT_FORMATS = ["json", "text", "srt", "verbose_json", "vtt"]
GRANULARITIES = ["segment", "word"]


class TranslationSerializer(serializers.Serializer[Any]):
    """`POST /audio/translations`."""

    file = serializers.FileField(
        allow_empty_file=True, error_messages={"required": "Could not parse multipart form"}
    )
    model = TextField(
        max_length=MAX_MODEL_CHARACTERS,
        allow_empty=False,
        is_name=True,
        error_messages={"required": "you must provide a model parameter"},
    )
    prompt = TextField(max_length=MAX_PROMPT_CHARACTERS, default="")
    response_format = serializers.ChoiceField(choices=TRANSCRIPT_FORMATS, default="json")
    temperature = serializers.FloatField(min_value=0, max_value=1, default=0.0)

    def validate_file(self, value: UploadedFile[bytes]) -> UploadedFile[bytes]:
        if not value.size:
            raise ValidationError(
                "Audio file is empty. Send the bytes of a recording.", code="invalid_value"
            )
        return value

    def validate_temperature(self, value: float) -> float:
        if value != value:  # noqa: PLR0124 - "nan" is a float, and within any limits
            raise ValidationError("A valid number is required.", code="invalid_value")
        return value


class TranscriptionSerializer(TranslationSerializer):
    """`POST /audio/transcriptions`."""

    language = TextField(max_length=32, default="")
    timestamp_granularities = serializers.ListField(
        child=serializers.ChoiceField(choices=GRANULARITIES), default=list
    )
    stream = serializers.BooleanField(default=False)
    include = serializers.ListField(child=serializers.CharField(), default=list)

    def validate_language(self, value: str) -> str | None:
        if not value:
            return None
        code = whisper_code(value)
        if code is None:
            raise ValidationError(
                f"Invalid language '{value}'. Language parameter must be specified in"
                " ISO-639-1 format.",
                code="invalid_language_format",
            )
        return code

    def validate_stream(self, value: bool) -> bool:
        if value:
            raise ValidationError(
                "stream=true is not supported by this server yet. Leave it out to get the whole"
                " transcript.",
                code="unsupported_value",
            )
        return value

    def validate_include(self, value: list[str]) -> list[str]:
        if value:
            raise ValidationError(
                "include[] is not supported by this server: its models give no logprobs.",
                code="unsupported_value",
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wanted = attrs["timestamp_granularities"]
        if wanted and attrs["response_format"] != "verbose_json":
            detail = ErrorDetail(
                "timestamp_granularities needs response_format 'verbose_json'.",
                code="invalid_value",
            )
            raise ValidationError({"timestamp_granularities": [detail]})
        return attrs


_LISTS = {"timestamp_granularities", "include"}


def form_data(data: QueryDict) -> dict[str, Any]:
    """A multipart form as plain values, in every spelling of a list that clients use.

    `x[]` repeated (the SDKs), `x` repeated (other languages), and one `x` with a JSON array.
    """
    form: dict[str, Any] = {}
    for name in data:
        plain = name.removesuffix("[]")
        values = [value for value in data.getlist(name) if value != ""]
        if plain in _LISTS:
            form[plain] = form.get(plain, []) + [v for value in values for v in _listed(value)]
        else:
            form[plain] = data.get(name)
    return form


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return list(json.loads(value))
        except (ValueError, RecursionError):
            return [value]
    return [value]
