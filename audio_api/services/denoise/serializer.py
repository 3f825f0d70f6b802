"""The body of a request for noise reduction."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from audio.engines.base import Cleaning
from audio_api.http.fields import TextField, WordField
from audio_api.native.fields import FileField
from audio_api.native.job_body import JobBody
from audiopod.common.links.links import MAX_URL_LENGTH

_OTHER_NAMES = {
    "audio_file": "file",
    "video_file": "file",
    "source_url": "url",
    "file_url": "url",
    "mode": "quality_mode",
}
"""What others than AudioPod's documentation call a field."""


class DenoiseSerializer(JobBody):
    """`POST /denoiser/denoise`. Unknown fields are ignored."""

    component = "DenoiseRecording"

    file = FileField(required=False, error_messages={"too_many": "Send one file at a time."})
    url = TextField(max_length=MAX_URL_LENGTH, allow_empty=False, is_name=True, required=False)
    quality_mode = WordField(
        choices=[mode.value for mode in Cleaning], default=Cleaning.BALANCED.value
    )

    def to_internal_value(self, data: Any) -> Any:
        known = {_OTHER_NAMES.get(name, name): value for name, value in data.items()}
        return super().to_internal_value(known)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "file" in attrs and "url" in attrs:
            raise _wrong("url", "Send either a file or a url, not both.", "invalid_value")
        if "file" not in attrs and "url" not in attrs:
            words = "Send a recording as file, or a link to one as url."
            raise _wrong("file", words, "missing_required_parameter")
        return attrs | {"quality_mode": Cleaning(attrs["quality_mode"])}


def _wrong(param: str, message: str, code: str) -> ValidationError:
    return ValidationError({param: [ErrorDetail(message, code=code)]})
