"""The three kinds of body in which AudioPod's clients send the same fields.

Its client chooses a form with files when there is a file, a form without them when there is none,
and JSON elsewhere; others send JSON to all. A view of such an endpoint has `parser_classes =
NATIVE_PARSERS` and reads the fields through `body_of`.
"""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, FormParser, JSONParser
from rest_framework.request import Request

from audio_api.http.multipart import FilesParser

NATIVE_PARSERS: list[type[BaseParser]] = [JSONParser, FormParser, FilesParser]


def body_of(request: Request) -> dict[str, Any]:
    """What a request sends, as plain values, whichever kind of body it chose.

    A field that is null, and a field of a form that is empty, is left out. One that a form repeats,
    also as `x[]`, becomes a list; how often, Django bounds. The body of GET, HEAD and DELETE is not
    read: AudioPod's client calls it JSON and leaves it empty. Raises ValidationError for JSON that
    is no object.
    """
    if request.method in {"GET", "HEAD", "DELETE"}:
        return {}
    data = request.data
    if isinstance(data, MultiValueDict):
        return _form(data)
    if not isinstance(data, dict):
        raise ValidationError("Expected a JSON object.")
    return {name: value for name, value in data.items() if value is not None}


def _form(data: MultiValueDict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for name, values in data.lists():
        sent = [value for value in values if value != ""]
        if sent:
            is_list = name.endswith("[]") or len(sent) > 1
            form[name.removesuffix("[]")] = sent if is_list else sent[0]
    return form
