"""The body of a request for a transcript that no client waits for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio.engines.languages import is_auto, whisper_code
from audio_api.http.fields import MAX_MODEL_CHARACTERS, TextField, WordField
from audio_api.native.fields import (
    FilesField,
    FlexibleBooleanField,
    FlexibleListField,
    OptionalMixin,
)
from audio_api.native.job_body import JobBody
from audio_api.services.transcription.params import MIXED
from audio_api.services.transcription.serializer import (
    CHANNELS,
    MAX_LANGUAGE_CHARACTERS,
    NO_SPEAKERS,
    TrackField,
)
from audiopod.common.links.links import MAX_URL_LENGTH

MAX_RECORDINGS = 20
MAX_SPEAKERS = 20
_OTHER_NAMES = {
    "file": "files",
    "audio_file": "files",
    "url": "source_urls",
    "urls": "source_urls",
    "source_url": "source_urls",
    "diarize": "enable_speaker_diarization",
    "speaker_diarization": "enable_speaker_diarization",
}
"""What others than AudioPod's client call a field."""


class _Language(OptionalMixin, TextField):
    """Left out, and "auto", are told from the speech."""


class _Speakers(OptionalMixin, serializers.IntegerField):
    """How many speak, perhaps."""


class _Track(OptionalMixin, TrackField):
    """Which audio track, perhaps."""


class _Channels(OptionalMixin, WordField):
    """Whether channels are told apart."""


class TranscriptionJobSerializer(JobBody):
    """`POST /transcription/transcribe` and `/transcribe-upload`. Unknown fields are ignored.

    Files or links, not both. Any `model_type` is taken, and means the engine of this server.
    """

    component = "CreateTranscriptionJob"

    files = FilesField(required=False, max_length=MAX_RECORDINGS)
    source_urls = FlexibleListField(
        child=TextField(max_length=MAX_URL_LENGTH, allow_empty=False, is_name=True),
        has_commas=False,
        max_length=MAX_RECORDINGS,
        required=False,
    )
    language = _Language(max_length=MAX_LANGUAGE_CHARACTERS, default=None)
    model_type = TextField(max_length=MAX_MODEL_CHARACTERS, is_name=True, default="")
    enable_speaker_diarization = FlexibleBooleanField(default=False)
    min_speakers = _Speakers(min_value=1, max_value=MAX_SPEAKERS, default=None)
    max_speakers = _Speakers(min_value=1, max_value=MAX_SPEAKERS, default=None)
    enable_word_timestamps = FlexibleBooleanField(default=True)
    track = _Track(default=None)
    channels = _Channels(choices=CHANNELS, default=MIXED)

    def to_internal_value(self, data: Any) -> Any:
        known: dict[str, Any] = {}
        called: dict[str, str] = {}
        for name, value in data.items():
            field = _OTHER_NAMES.get(name, name)
            if field in known and known[field] != value:
                raise _wrong(
                    f"`{called[field]}` and `{name}` are names of one field, and bring different"
                    f" values. Send all of it as `{field}`.",
                    "invalid_value",
                    param=name,
                )
            known[field], called[field] = value, name
        return super().to_internal_value(known)

    def validate_language(self, value: str | None) -> str | None:
        if not value or is_auto(value):
            return None
        code = whisper_code(value)
        if code is None:
            raise ValidationError(
                f"Invalid language {value!r}: give its code of two letters, such as 'en', or leave"
                " it out.",
                code="invalid_language_format",
            )
        return code

    def validate_enable_speaker_diarization(self, value: bool) -> bool:
        if value:
            raise ValidationError(
                f"Speakers cannot be told apart: {NO_SPEAKERS}. Leave"
                " enable_speaker_diarization out, or send false.",
                code="model_not_installed",
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        files, links = attrs.get("files"), attrs.get("source_urls")
        if files and links:
            raise _wrong("Send either files or source_urls, not both.", "invalid_value")
        if not files and not links:
            raise _wrong(
                "Send a recording as files, or a link to one as source_urls.",
                "missing_required_parameter",
            )
        return attrs


def _wrong(message: str, code: str, *, param: str = "source_urls") -> ValidationError:
    return ValidationError({param: [ErrorDetail(message, code=code)]})
