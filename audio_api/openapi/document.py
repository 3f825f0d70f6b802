"""The finished description, made once for each process."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from audio_api.openapi import (
    extensions,  # noqa: F401 - they register themselves
    native_extensions,  # noqa: F401
    webhook_extensions,  # noqa: F401
)

_one_at_a_time = threading.Lock()
"""The generator replaces the classes of views while it works."""


def document() -> dict[str, Any]:
    """The OpenAPI document. Shared: copy what you change. Half a second the first time."""
    with _one_at_a_time:
        return _document()


@cache
def _document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@cache
def as_json() -> bytes:
    rendered: bytes = OpenApiJsonRenderer().render(document(), renderer_context={})
    return rendered


@cache
def as_yaml() -> bytes:
    rendered: bytes = OpenApiYamlRenderer().render(document(), renderer_context={})
    return rendered
