"""The forms of transcription and translation requests.

Any model name is accepted and means the same engine, so what OpenAI ties to one of its models
works with all of them. What no engine here can do is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio.engines.languages import is_auto, whisper_code
from audio_api.http.bodies import FormBody
from audio_api.http.fields import MAX_MODEL_CHARACTERS, TextField, WordField
from audio_api.services.transcription.chunking import ChunkingField
from audio_api.services.transcription.cue_form import CueFields, check_cues
from audio_api.services.transcription.form import FormNumberField
from audio_api.services.transcription.params import MIXED, SPLIT
from audio_api.services.transcription.subtitles import LIMITS

MAX_CHOICES = 100
"""Named in a list whose items are few."""
MAX_PROMPT_CHARACTERS = 8192
MAX_LANGUAGE_CHARACTERS = 32
MAX_KEYWORD_CHARACTERS = 256
MAX_KEYWORDS = 1000
DIARIZED = "diarized_json"
TRANSCRIPT_FORMATS = ["json", "text", "srt", "verbose_json", "vtt", DIARIZED]
INCLUDABLE = "logprobs"
MAX_TRACK = 100
CHANNELS = [MIXED, SPLIT]
"""`channels`: written down together, or each by itself."""
_LATER = {"track": None, "channels": MIXED, **dict.fromkeys(LIMITS)}
"""Fields that came after the others, as they are where a request does not name them."""
NO_SPEAKERS = "this server has no model that tells speakers apart"


class TrackField(serializers.IntegerField):
    """`track`: which of the audio tracks of a film, counted from 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"min_value": 1, "max_value": MAX_TRACK} | kwargs))


class TranslationSerializer(CueFields, FormBody):
    """`POST /audio/translations`."""

    component = "CreateTranslation"

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
    response_format = WordField(choices=TRANSCRIPT_FORMATS, default="json")
    temperature = FormNumberField(min_value=0, max_value=1, default=0.0)
    track = TrackField(default=None)
    channels = WordField(choices=CHANNELS, default=MIXED)

    def validate_file(self, value: UploadedFile[bytes]) -> UploadedFile[bytes]:
        if not value.size:
            raise ValidationError(
                "Audio file is empty. Send the bytes of a recording.", code="invalid_value"
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["response_format"] == DIARIZED and attrs["channels"] != SPLIT:
            message = (
                f"response_format '{DIARIZED}' needs channels 'split', for {NO_SPEAKERS} within a"
                " channel. Use 'json', 'text', 'srt', 'verbose_json' or 'vtt' instead."
            )
            raise _invalid("response_format", message, "unsupported_value")
        check_cues(attrs, attrs["response_format"])
        return attrs


class TranscriptionSerializer(TranslationSerializer):
    """`POST /audio/transcriptions`."""

    component = "CreateTranscription"

    language = TextField(max_length=MAX_LANGUAGE_CHARACTERS, default=None)
    languages = serializers.ListField(
        child=TextField(max_length=MAX_LANGUAGE_CHARACTERS), default=list, max_length=MAX_CHOICES
    )
    keywords = serializers.ListField(
        child=TextField(max_length=MAX_KEYWORD_CHARACTERS), default=list
    )
    stream = serializers.BooleanField(default=False, allow_null=True)
    include = serializers.ListField(
        child=serializers.CharField(), default=list, max_length=MAX_CHOICES
    )
    chunking_strategy = ChunkingField(default=None)
    known_speaker_names = serializers.ListField(default=list)
    known_speaker_references = serializers.ListField(default=list)

    def validate_language(self, value: str | None) -> str | None:
        return None if not value or is_auto(value) else _language(value)

    def validate_languages(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(_language(each) for each in value if not is_auto(each)))

    def validate_keywords(self, value: list[str]) -> list[str]:
        if len(value) > MAX_KEYWORDS:
            raise ValidationError(
                f"Give at most {MAX_KEYWORDS} keywords; only about 200 tokens of them count.",
                code="invalid_value",
            )
        return value

    def validate_stream(self, value: bool | None) -> bool:
        return bool(value)

    def validate_include(self, value: list[str]) -> list[str]:
        unknown = [each for each in value if each != INCLUDABLE]
        if unknown:
            raise ValidationError(
                f"Invalid value: '{unknown[0]}'. Only '{INCLUDABLE}' can be included.",
                code="invalid_value",
            )
        return value

    def validate_known_speaker_names(self, value: list[Any]) -> list[Any]:
        return _refused_for_speakers("known_speaker_names", value)

    def validate_known_speaker_references(self, value: list[Any]) -> list[Any]:
        return _refused_for_speakers("known_speaker_references", value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        form = super().validate(attrs)["response_format"]
        if attrs["include"] and form != "json":
            message = f"include[]={INCLUDABLE} needs response_format 'json'."
            raise _invalid("include", message, "unsupported_value")
        return attrs


def named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a request is known by to its Idempotency-Key: one that names no later field stays what
    it was before there were any."""
    return {k: value for k, value in fields.items() if k not in _LATER or value != _LATER[k]}


def _language(value: str) -> str:
    """Whisper's code. Raises ValidationError in OpenAI's words."""
    code = whisper_code(value)
    if code is None:
        raise ValidationError(
            f"Invalid language '{value}'. Language parameter must be specified in"
            " ISO-639-1 format.",
            code="invalid_language_format",
        )
    return code


def no_speakers(name: str) -> str:
    """Why a field about speakers is refused, and what to do."""
    return f"{name} is not supported: {NO_SPEAKERS}. Leave it out."


def _refused_for_speakers(name: str, value: list[Any]) -> list[Any]:
    if value:
        raise ValidationError(no_speakers(name), code="unsupported_value")
    return value


def _invalid(name: str, message: str, code: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(message, code=code)]})
