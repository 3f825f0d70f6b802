"""The fields that say how subtitles are cut, of an upload's form and of a job's transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from audio_api.http.fields import WordField
from audio_api.services.transcription.subtitles import LIMITS

SUBTITLES = ("srt", "vtt")
GRANULARITIES = ["segment", "word"]
MAX_GRANULARITIES = 100
"""Of a list that may name each twice."""


class LimitField(serializers.IntegerField):
    """A limit of the lines of subtitles; None for what is usual."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        least, most = LIMITS[name]
        super().__init__(min_value=least, max_value=most, default=None, **kwargs)


class CueFields(serializers.Serializer[Any]):
    """Fields that others have as well; `check_cues` judges them with the format."""

    timestamp_granularities = serializers.ListField(
        child=WordField(choices=GRANULARITIES), default=list, max_length=MAX_GRANULARITIES
    )
    max_line_width = LimitField("max_line_width")
    max_line_count = LimitField("max_line_count")
    max_words_per_line = LimitField("max_words_per_line")


def check_cues(fields: Mapping[str, Any], form: str) -> None:
    """Raises ValidationError where subtitles are told how to be and there are none, or in two ways.

    form: the format of the answer.
    """
    granularities = fields["timestamp_granularities"]
    # as OpenAI: segments are every format's
    if "word" in granularities and form not in {"verbose_json", *SUBTITLES}:
        message = (
            f"timestamp_granularities 'word' is for verbose_json, srt and vtt, not for {form}."
        )
        raise _invalid("timestamp_granularities", message)
    if form in SUBTITLES and len(set(granularities)) > 1:
        message = f"A cue of {form} is a segment or a word, not both. Give one of them."
        raise _invalid("timestamp_granularities", message)
    limit = next((name for name in LIMITS if fields[name] is not None), None)
    if limit and form not in SUBTITLES:
        raise _invalid(limit, f"{limit} is for subtitles: 'srt' or 'vtt'.")
    if limit and granularities:
        message = f"{limit} is for cues of lines. Leave it or timestamp_granularities out."
        raise _invalid(limit, message)


def _invalid(name: str, message: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(message, code="invalid_value")]})
