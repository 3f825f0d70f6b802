"""Errors in the shape that Stripe answers with."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """Answered as `{"error": {...}}`. `fields` are those of Stripe's error object."""

    def __init__(self, status: int, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        given = {name: value for name, value in fields.items() if value is not None}
        self.fields: dict[str, Any] = {"type": "invalid_request_error"} | given
        self.fields["message"] = message

    def body(self) -> dict[str, Any]:
        code = self.fields.get("code")
        where = {"doc_url": f"https://stripe.com/docs/error-codes/{code}"} if code else {}
        return {"error": self.fields | where}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, message, param=param, code=code)


def missing(param: str) -> ApiError:
    message = f"Missing required param: {param}."
    return ApiError(400, message, param=param, code="parameter_missing")


def no_such(kind: str, id_: str, *, param: str) -> ApiError:
    """An object that is not there: 404 for one named by the path, 400 for one in the body."""
    name = kind.replace(".", " ").replace("_", " ")
    status = 404 if param in PATH_PARAMS else 400
    message = f"No such {name}: '{id_}'"
    return ApiError(status, message, param=param, code="resource_missing")


def card_error(message: str, *, code: str, **fields: Any) -> ApiError:
    return ApiError(402, message, type="card_error", code=code, **fields)


def unauthorized(message: str, *, code: str | None = None) -> ApiError:
    return ApiError(401, message, code=code)


PATH_PARAMS = frozenset({"id", "intent", "session"})
