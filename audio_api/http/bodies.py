"""What a request sends: the description of the API is made of these classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers


class Described(serializers.Serializer[Any]):
    """Fields with words in `openapi.yaml`, under the name of the class."""


class Body(Described):
    """component: what the description of the API calls it, before "Request"; absent: the values
    of a field that are as good as none."""

    component: ClassVar[str]
    absent: ClassVar[tuple[Any, ...]] = ()


class JsonBody(Body):
    """JSON. Unknown fields are ignored."""

    absent = (None,)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class NativeBody(Body):
    """A body in any of three kinds."""

    absent = (None, "")


class FormBody(Body):
    """A multipart form. OpenAI's clients spell a list `name[]`, once for each item. Unknown fields
    are ignored."""


class WordOrObject(serializers.Field[Any, Any, Any, Any]):
    """A field of a form that is one of a few words, or an object, whose members clients spell
    `name[member]`."""

    words: ClassVar[tuple[str, ...]]
    members: ClassVar[type[Described]]
