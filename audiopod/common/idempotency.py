"""The `Idempotency-Key` header, by which a request that is sent twice counts once."""

from __future__ import annotations

from django.http import HttpRequest

from audiopod.common.problem import Problem

HEADER = "Idempotency-Key"
MAX_CHARACTERS = 255


def idempotency_key(request: HttpRequest) -> str:
    """The client's own name for a request, or "" where it gives none.

    Raises Problem (400) for a key that is empty, too long or not printable ASCII.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not (0 < len(key) <= MAX_CHARACTERS and key.isascii() and key.isprintable()):
        raise Problem(
            f"{HEADER} must have 1 to {MAX_CHARACTERS} printable ASCII characters:"
            " a new UUID for each request serves.",
            param=HEADER,
            code="invalid_value",
        )
    return key
