"""What a client is told when a request can't be served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"


class Problem(Exception):
    """An answer other than success, in the terms of OpenAI's error object.

    status: HTTP status; type, param and code: the error object's members; headers: to send
    along (`Retry-After`); extra: members beside `error`, for AudioPod's own SDK; is_bare: whether
    `error` is the code alone, as AudioPod documents a few of its refusals.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = INVALID_REQUEST,  # noqa: A002 - the wire's own word
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        is_bare: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        self.is_bare = is_bare

    def body(self) -> dict[str, Any]:
        """The JSON body: the four members that OpenAI's schema requires, unless it is bare."""
        if self.is_bare:
            return {"error": self.code, "message": self.message, **self.extra}
        error = {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error, **self.extra}


def unavailable(message: str, *, retry_after_seconds: int = 5) -> Problem:
    """503: try again later, nothing was charged."""
    return Problem(
        message,
        status=503,
        type=SERVER_ERROR,
        headers={"Retry-After": str(retry_after_seconds)},
    )


def overloaded(message: str, *, retry_after_seconds: int = 5) -> Problem:
    """503: there is more to do than can be done. Nothing was begun, so a client may try again."""
    return Problem(
        message,
        status=503,
        type=SERVER_ERROR,
        code="overloaded",
        headers={"Retry-After": str(retry_after_seconds), "x-should-retry": "true"},
    )


def too_large(limit_bytes: int, size_bytes: int) -> Problem:
    """413 in OpenAI's words. `size_bytes` is what was declared, or what was read so far."""
    return Problem(
        f"Maximum content size limit ({limit_bytes}) exceeded ({size_bytes} bytes read)", status=413
    )
