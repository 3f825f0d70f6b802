"""Fields of a request body. Stricter than Django REST Framework's own where JSON is: a number is
not a string, a string is not a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

MAX_MODEL_CHARACTERS = 128
NOT_STORABLE = "Expected valid Unicode text."


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


class WordField(serializers.ChoiceField):
    """One word of a few; a refusal names them all."""

    default_error_messages = {"invalid_value": "Input should be {words}."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            *others, last = (repr(choice) for choice in self.choices)
            self.fail("invalid_value", words=f"{', '.join(others)} or {last}")
        return data


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
