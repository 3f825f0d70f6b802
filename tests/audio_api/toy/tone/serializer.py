"""The body of a request for a tone."""

from __future__ import annotations

from rest_framework import serializers

from audio_api.http.bodies import JsonBody
from audio_api.http.fields import TextField


class ToneSerializer(JsonBody):
    """`POST /tones`"""

    component = "CreateTone"

    milliseconds = serializers.IntegerField(min_value=1, max_value=60_000)
    pitch = serializers.IntegerField(min_value=20, default=440)
    dedication = TextField(max_length=100, default="")
