"""Fields in the dialects of AudioPod's clients: what JSON says plainly, a form says in text.

Its Python client writes booleans and some lists as Python does, other lists and objects as JSON,
and still others by repeating a field. What comes out is the same.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.fields import empty

MAX_TEXT_CHARACTERS = 16 * 1024
"""Of a list or an object that is written as text."""
MAX_LITERAL_CHARACTERS = 4 * 1024
"""Of such a text as Python writes it: its parser needs more stack, the longer a text is."""
MAX_ITEMS = 100
"""Of a list, unless its field says otherwise."""
MAX_DEPTH = 8
"""Of brackets within each other: far deeper, parsers give up."""
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_ABSENT = frozenset({"", "None", "null"})
_OPENING, _CLOSING = "([{", ")]}"


class OptionalMixin(serializers.Field[Any, Any, Any, Any]):
    """A field that takes null, and the text that a client makes of it, for a field left out."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        absent = data is None or (isinstance(data, str) and data.strip() in _ABSENT)
        return super().validate_empty_values(empty if absent else data)


class FlexibleBooleanField(OptionalMixin):
    """true and false as JSON, and in any case as text; also 1 and 0, yes and no, on and off."""

    default_error_messages = {"invalid": "Expected true or false."}

    def to_internal_value(self, data: Any) -> bool:
        word = str(data).strip().lower() if isinstance(data, bool | int | str) else ""
        if word not in _TRUE | _FALSE:
            self.fail("invalid")
        return word in _TRUE

    def to_representation(self, value: bool) -> bool:
        return value


class FlexibleListField(OptionalMixin, serializers.ListField):
    """A list as JSON, as Python writes one, with commas, or by repeating the field.

    child: what each item is. A text that is not a list is a list of what stands between its commas;
    with `has_commas=False` it is one item, as an address is.
    """

    default_error_messages = {"not_a_list": 'Expected a list, such as ["vocals", "drums"].'}

    def __init__(self, *, has_commas: bool = True, **kwargs: Any) -> None:
        super().__init__(**({"max_length": MAX_ITEMS} | kwargs))
        self.has_commas = has_commas

    def get_value(self, dictionary: Any) -> Any:
        """As a plain field has it: `ListField` would look for `x[0]`, too."""
        return dictionary.get(self.field_name, empty)

    def to_internal_value(self, data: Any) -> Any:
        items = self._written(data) if isinstance(data, str) else data
        if not isinstance(items, list | tuple):
            self.fail("not_a_list")
        # one too many is enough to be refused; to judge each of a million takes minutes
        return super().to_internal_value(list(items[: (self.max_length or MAX_ITEMS) + 1]))

    def _written(self, text: str) -> Any:
        if text.lstrip().startswith(("[", "(")):
            return read_literal(text)
        if not self.has_commas:
            return [text]
        _require_short(text)
        return [part.strip() for part in text.split(",") if part.strip()]


class FlexibleDictField(OptionalMixin):
    """An object as JSON, or as the text of one. What comes out can be stored as JSON."""

    default_error_messages = {"invalid": "Expected a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            data = read_literal(data)
        if not isinstance(data, Mapping) or not _is_storable(data):
            self.fail("invalid")
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


class FileField(serializers.Field[Any, Any, Any, Any]):
    """One upload."""

    default_error_messages = {
        "invalid": "Expected a file.",
        "empty_file": "The file is empty. Send the bytes of a recording.",
        "too_many": "Send one file.",
    }

    def to_internal_value(self, data: Any) -> UploadedFile[bytes]:
        if isinstance(data, list):
            self.fail("too_many")
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        if not data.size:
            self.fail("empty_file")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class FilesField(serializers.Field[Any, Any, Any, Any]):
    """One upload, or several under the same name, at most `max_length`."""

    default_error_messages = {
        "invalid": "Expected one or more files.",
        "empty_file": "A file is empty. Send the bytes of a recording.",
        "too_many": "Send at most {most} files at once.",
    }

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def to_internal_value(self, data: Any) -> list[UploadedFile[bytes]]:
        files = data if isinstance(data, list) else [data]
        if not all(isinstance(file, UploadedFile) for file in files):
            self.fail("invalid")
        if len(files) > self.max_length:
            self.fail("too_many", most=self.max_length)
        if not all(file.size for file in files):
            self.fail("empty_file")
        return files

    def to_representation(self, value: Any) -> Any:
        return value


def read_literal(text: str) -> Any:
    """What a text says as JSON, or else as a literal of Python; None where it says neither.

    Nothing is evaluated: Python's literals are texts, numbers, booleans, None, and lists, tuples
    and dicts of these. Raises ValidationError for a text that is too long.
    """
    _require_short(text)
    text = text.strip()
    if _depth(text) > MAX_DEPTH:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return _read_python(text)


def _read_python(text: str) -> Any:
    if len(text) > MAX_LITERAL_CHARACTERS:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _require_short(text: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise serializers.ValidationError(
            f"String should have at most {MAX_TEXT_CHARACTERS} characters.", code="max_length"
        )


def _depth(text: str) -> int:
    """How deep brackets stand within each other, those of a quoted text among them."""
    deepest = depth = 0
    for character in text:
        if character in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif character in _CLOSING:
            depth -= 1
    return deepest


def _is_storable(data: Mapping[Any, Any]) -> bool:
    """Whether a database takes it as JSON: no NaN, no NUL, no half character, and not too much."""
    if not all(isinstance(name, str) for name in data):
        return False
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return False
    return len(text) <= MAX_TEXT_CHARACTERS and "\\u0000" not in text and _depth(text) <= MAX_DEPTH
