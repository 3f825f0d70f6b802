"""What a multipart form brings: text, whatever it stands for, under names of several spellings."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

LISTS = frozenset(
    {
        "timestamp_granularities",
        "include",
        "languages",
        "keywords",
        "known_speaker_names",
        "known_speaker_references",
    }
)
OBJECTS = frozenset({"chunking_strategy"})
MAX_ITEMS = 1000
"""Of a list. Whisper has no room for more keywords than a few hundred."""
MAX_LIST_CHARACTERS = 256 * 1024
"""Of a JSON array in a field."""
KEPT_EMPTY = frozenset({"file", "model"})
"""Fields that must be there: empty is not the same as absent. Elsewhere it is."""
_NAME = re.compile(r"(\w+)\[(\w*)\]")
"""`x[key]`: x and key."""


class FormNumberField(serializers.FloatField):
    """A number in text. `nan` is a float within any limits, and no number to us."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if math.isnan(number):
            self.fail("invalid")
        return number


def form_data(data: QueryDict) -> dict[str, Any]:
    """A form as plain values, in every spelling of a list or an object that clients use.

    Lists: `x[]` or `x` repeated, `x[0]`, `x[1]`, and one `x` with a JSON array. Objects: `x[key]`.
    """
    form: dict[str, Any] = {}
    for name in data:
        found = _NAME.fullmatch(name)
        plain, key = (found[1], found[2]) if found else (name, "")
        values = [value for value in data.getlist(name) if value != ""]
        if plain in LISTS:
            form[plain] = form.get(plain, []) + [v for value in values for v in _listed(value)]
        elif plain in OBJECTS and key and values:
            whole = form.get(plain)
            form[plain] = {**(whole if isinstance(whole, dict) else {}), key: values[-1]}
        elif values or plain in KEPT_EMPTY:
            form[plain] = data.get(name)
    for name in LISTS & form.keys():
        # one too many is enough to be refused; to judge each of a million takes minutes
        form[name] = form[name][: MAX_ITEMS + 1]
    return form


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        if len(value) > MAX_LIST_CHARACTERS:
            return [value]
        try:
            return list(json.loads(value))
        except (ValueError, RecursionError):
            return [value]
    return [value]
