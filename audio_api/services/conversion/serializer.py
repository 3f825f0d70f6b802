"""The bodies of requests for conversions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio.codecs.targets import Quality, Target
from audio_api.http.fields import TextField, WordField
from audio_api.native.fields import FileField, FilesField, FlexibleListField
from audio_api.native.job_body import JobBody
from audiopod.common.links.links import MAX_URL_LENGTH

MAX_RECORDINGS = 20
"""Of one request."""
_OTHER_NAMES = {
    "audio_file": "file",
    "source_url": "url",
    "file_url": "url",
    "format": "output_format",
}
_OTHER_NAMES_OF_MANY = {
    "file": "files",
    "audio_files": "files",
    "url": "urls",
    "source_urls": "urls",
    "file_urls": "urls",
    "format": "output_format",
}
"""What others than AudioPod's documentation call a field."""


class _ConversionBody(JobBody):
    other_names: dict[str, str] = {}

    def to_internal_value(self, data: Any) -> Any:
        known = {self.other_names.get(name, name): value for name, value in data.items()}
        return super().to_internal_value(known)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        target, quality = Target(attrs["output_format"]), Quality(attrs["quality"])
        if quality not in target.recipe.qualities:
            lossless = " and ".join(each for each in Target if each.recipe.is_lossless)
            raise wrong(
                "quality",
                f"{target} is not lossless, only {lossless} are. Choose one of these, or another"
                " quality.",
                "not_lossless",
            )
        return attrs | {"output_format": target, "quality": quality}


class ConversionSerializer(_ConversionBody):
    """`POST /media-converter/convert`. Unknown fields are ignored."""

    component = "ConvertMedia"
    other_names = _OTHER_NAMES

    file = FileField(
        required=False,
        error_messages={
            "too_many": "Send one file. POST /media-converter/bulk-convert takes several."
        },
    )
    url = TextField(max_length=MAX_URL_LENGTH, allow_empty=False, is_name=True, required=False)
    output_format = WordField(choices=[target.value for target in Target])
    quality = WordField(choices=[quality.value for quality in Quality], default=Quality.HIGH.value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "file" in attrs and "url" in attrs:
            raise wrong("url", "Send either a file or a url, not both.", "invalid_value")
        if "file" not in attrs and "url" not in attrs:
            words = "Send a recording as file, or a link to one as url."
            raise wrong("file", words, "missing_required_parameter")
        return super().validate(attrs)


class BulkConversionSerializer(_ConversionBody):
    """`POST /media-converter/bulk-convert`: several recordings, into one format."""

    component = "BulkConvertMedia"
    other_names = _OTHER_NAMES_OF_MANY

    files = FilesField(required=False, max_length=MAX_RECORDINGS)
    urls = FlexibleListField(
        child=TextField(max_length=MAX_URL_LENGTH, allow_empty=False, is_name=True),
        has_commas=False,
        max_length=MAX_RECORDINGS,
        required=False,
    )
    output_format = WordField(choices=[target.value for target in Target])
    quality = WordField(choices=[quality.value for quality in Quality], default=Quality.HIGH.value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        count = len(attrs.get("files", [])) + len(attrs.get("urls", []))
        if not count:
            words = "Send recordings as files, or links to them as urls, or both."
            raise wrong("files", words, "missing_required_parameter")
        if count > MAX_RECORDINGS:
            words = f"Send at most {MAX_RECORDINGS} recordings at once."
            raise wrong("files", words, "max_length")
        return super().validate(attrs)


def wrong(param: str, message: str, code: str) -> serializers.ValidationError:
    return ValidationError({param: [ErrorDetail(message, code=code)]})
