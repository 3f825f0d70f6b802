"""`chunking_strategy` of a transcription: OpenAI's words for its voice detector, and ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from audio.engines.base import SpeechDetection
from audio_api.http.bodies import Described, WordOrObject
from audio_api.http.fields import WordField
from audio_api.services.transcription.form import FormNumberField

MAX_MILLISECONDS = 10_000


class ServerVadSerializer(Described):
    """The object form. What is left out has OpenAI's defaults."""

    type = WordField(
        choices=["server_vad"], error_messages={"invalid_value": "Input should be 'server_vad'."}
    )
    threshold = FormNumberField(min_value=0, max_value=1, default=0.5)
    prefix_padding_ms = serializers.IntegerField(
        min_value=0, max_value=MAX_MILLISECONDS, default=300
    )
    silence_duration_ms = serializers.IntegerField(
        min_value=0, max_value=MAX_MILLISECONDS, default=200
    )


class ChunkingField(WordOrObject):
    """`auto`, or an object as `ServerVadSerializer` has it, also as JSON in a text.

    Becomes None for `auto`, which is what the engine does by itself, or a `SpeechDetection`.
    """

    words = ("auto",)
    members = ServerVadSerializer

    default_error_messages = {
        "invalid_value": "Input should be 'auto' or an object whose type is 'server_vad'."
    }

    def to_internal_value(self, data: Any) -> SpeechDetection | None:
        strategy = _read(data)
        if strategy is None or strategy == "auto":
            return None
        if not isinstance(strategy, Mapping):
            self.fail("invalid_value")
        form = ServerVadSerializer(data=strategy)
        form.is_valid(raise_exception=True)
        found = form.validated_data
        return SpeechDetection(
            threshold=found["threshold"],
            padding_ms=found["prefix_padding_ms"],
            silence_ms=found["silence_duration_ms"],
        )

    def to_representation(self, value: Any) -> Any:
        return value


def _read(data: Any) -> Any:
    if not isinstance(data, str) or not data.lstrip().startswith(("{", '"', "null")):
        return data
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data
