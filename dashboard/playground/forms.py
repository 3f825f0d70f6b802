"""From a posted form to the fields that the serializers of the API judge, and back onto the page.

They are not Django forms: the serializers alone say what may be asked.
"""

from __future__ import annotations

import math
from typing import Any

from django.http import QueryDict

from audio.codecs.targets import Quality, Target
from audio.engines.base import Cleaning
from dashboard.playground.choices import SPEECH_MODELS, TRANSCRIPTION_MODELS


def speech_fields(form: QueryDict) -> dict[str, Any]:
    """The members of the JSON body that the API would be sent."""
    return {
        "model": form.get("model", SPEECH_MODELS[0]),
        "voice": form.get("voice", ""),
        # a browser sends a line's end as two characters, and its reader counts one
        "input": form.get("input", "").replace("\r\n", "\n"),
        "response_format": form.get("response_format", "mp3"),
        "speed": number(form.get("speed", "1")),
    }


def number(text: str) -> Any:
    """A number where it is one, as JSON has it; else the text, for a serializer to refuse."""
    try:
        value = float(text)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if value.is_integer() else value


def heard_fields(form: QueryDict) -> dict[str, str]:
    """The text fields of the form that the API would be sent; those of one task alone are left
    out with the other."""
    fields = {"model": form.get("model", TRANSCRIPTION_MODELS[0])}
    if not is_translation(form):
        fields["language"] = form.get("language", "")
    return {**fields, "prompt": form.get("prompt", "").replace("\r\n", "\n")}


def conversion_fields(form: QueryDict) -> dict[str, str]:
    """What the form says beside its file."""
    return {
        "output_format": form.get("output_format", Target.MP3),
        "quality": form.get("quality", Quality.HIGH),
    }


def denoise_fields(form: QueryDict) -> dict[str, str]:
    """The same of a recording that is to be rid of its noise."""
    return {"quality_mode": form.get("quality_mode", Cleaning.BALANCED)}


def is_translation(form: QueryDict) -> bool:
    return form.get("task") == "translate"


def seconds_of(form: QueryDict) -> float:
    """The length of the chosen recording, as the browser told it; 0 where it did not."""
    told = number(form.get("seconds", "0"))
    return float(told) if isinstance(told, int | float) else 0.0
