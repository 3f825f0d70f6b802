"""Names for requests, that clients, logs and jobs share."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

_ATTRIBUTE = "request_id"


def new_request_id() -> str:
    return f"req_{uuid.uuid4().hex}"


def name_request(request: HttpRequest) -> str:
    """Give the request an id, and return it."""
    request_id = new_request_id()
    setattr(request, _ATTRIBUTE, request_id)
    return request_id


def request_id_of(request: HttpRequest) -> str:
    """The id that the middleware gave, or an empty string where none ran."""
    return str(getattr(request, _ATTRIBUTE, ""))
