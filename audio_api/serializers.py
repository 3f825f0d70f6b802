"""The only judge of a request body: makes the dataclasses of `requests.py`.

Stricter than Django REST Framework's own fields where JSON is: a number is not a string, a
string is not a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio_api.codecs.encode import SpeechFormat
from audio_api.engines.languages import whisper_code
from audio_api.engines.text import speakable

MAX_INPUT_CHARACTERS = 4096
MAX_MODEL_CHARACTERS = 128
MAX_PROMPT_CHARACTERS = 8192
MIN_SPEED, MAX_SPEED = 0.25, 4.0
NOT_STORABLE = "Expected valid Unicode text."
TRANSCRIPT_FORMATS = ["json", "text", "srt", "verbose_json", "vtt"]
GRANULARITIES = ["segment", "word"]


def _is_storable(text: str) -> bool:
    """Whether a database takes it: neither NUL nor the half characters that JSON can escape."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


class TextField(serializers.Field[str, Any, str, Any]):
    """A JSON string as it is: not stripped, control characters and all but NUL.

    No database takes NUL. In a text nobody hears it and it is dropped; in a name (`is_name`) it
    is refused.
    """

    default_error_messages = {
        "invalid": "Expected a string.",
        "invalid_value": NOT_STORABLE,
        "max_length": "String should have at most {max} characters.",
        "min_length": "String should have at least 1 character.",
    }

    def __init__(
        self, *, max_length: int, allow_empty: bool = True, is_name: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.is_name = is_name
        self.max_length = max_length
        self.allow_empty = allow_empty

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = data if self.is_name else data.replace("\0", "")
        if not _is_storable(text):
            self.fail("invalid_value")
        if len(text) > self.max_length:
            self.fail("max_length", max=self.max_length)
        if not text and not self.allow_empty:
            self.fail("min_length")
        return text

    def to_representation(self, value: str) -> str:
        return value


class NumberField(serializers.FloatField):
    """A JSON number: no string, no boolean."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class VoiceField(serializers.Field[Any, Any, Any, Any]):
    """A name, an id, a UUID or `{"id": …}`; `voices.services.resolve` knows what is there."""

    default_error_messages = {
        "invalid": "Expected a voice's name, its id, or an object with the key 'id'.",
        "invalid_value": NOT_STORABLE,
    }

    def to_internal_value(self, data: Any) -> Any:
        plain = isinstance(data, str | int) and not isinstance(data, bool)
        wrapped = isinstance(data, Mapping) and isinstance(data.get("id"), str | int)
        if not plain and not wrapped:
            self.fail("invalid")
        name = data["id"] if wrapped else data
        if isinstance(name, str) and not _is_storable(name):
            self.fail("invalid_value")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


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
