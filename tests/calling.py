"""A client of the API with one key, inside the process of the test."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from accounts.services import create_api_key

API = "/api/v1"


class Caller:
    """Asks with a key and sends JSON; paths are those below the API."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(API + path, query, headers=self._headers)

    def post(self, path: str, body: object, *, once: str = "") -> Any:
        """once: an Idempotency-Key."""
        headers = self._headers | ({"Idempotency-Key": once} if once else {})
        return self._client.post(API + path, body, "application/json", headers=headers)

    def patch(self, path: str, body: object) -> Any:
        return self._client.patch(API + path, body, "application/json", headers=self._headers)

    def delete(self, path: str) -> Any:
        return self._client.delete(API + path, headers=self._headers)


def calling_as(user: User, **how: Any) -> Caller:
    """A caller with a new key of this user, made as `create_api_key` makes it."""
    return Caller(create_api_key(user=user, name="a test", **how)[1])


def error_of(answer: Any, status: int) -> dict[str, Any]:
    """The error object of a refusal on one of AudioPod's own paths."""
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    error: dict[str, Any] = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert body["message"] == body["detail"] == error["message"], "AudioPod's client reads it there"
    assert body["error_code"].isupper()
    return error


def bare_error_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The whole body of a refusal that AudioPod documents with the bare code as `error`."""
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    assert body["error"] == code
    assert body["error_code"] == code.upper()
    assert body["message"] == body["detail"]
    return body
