"""Every road to an error body ends in the same shape."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.core import exceptions as core
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from prometheus_client import REGISTRY
from rest_framework import exceptions as drf

from audiopod.common.problem import Problem
from audiopod.errors import problem_of, response_to
from voices.services import UnknownVoice
from wallet.services import InsufficientBalance

CASES: list[tuple[Exception, int, str | None]] = [
    (Problem("x", status=418, code="tea"), 418, "tea"),
    (
        InsufficientBalance(required_micros=500_001, available_micros=250_000),
        429,
        "insufficient_quota",
    ),
    (UnknownVoice("zoe", ("nova",)), 400, "invalid_value"),
    (drf.NotAuthenticated(), 401, None),
    (drf.AuthenticationFailed("no", code="invalid_api_key"), 401, "invalid_api_key"),
    (drf.PermissionDenied(), 403, None),
    (drf.NotFound(), 404, None),
    (drf.MethodNotAllowed("PUT"), 405, None),
    (drf.UnsupportedMediaType("text/x"), 415, None),
    (drf.ParseError("bad"), 400, None),
    (drf.Throttled(wait=3.2), 429, None),
    (drf.ValidationError({"speed": [drf.ErrorDetail("too fast", "max_value")]}), 400, "max_value"),
    (Http404(), 404, None),
    (core.PermissionDenied(), 403, None),
    (core.RequestDataTooBig(), 413, None),
    (core.SuspiciousOperation(), 400, None),
    (OperationalError("gone"), 503, None),
    (redis.ConnectionError("gone"), 503, None),
    (RecursionError("maximum recursion depth exceeded"), 400, None),
    (UnicodeError("label too long"), 400, None),
    (ZeroDivisionError("secret detail"), 500, None),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda v: type(v).__name__)
def test_shape_status_and_code(error: Exception, status: int, code: str | None) -> None:
    problem = problem_of(error)
    body = problem.body()
    assert (problem.status, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    ours = status >= 500
    expected = {"server_error"} if ours else {"invalid_request_error", "insufficient_quota"}
    assert body["error"]["type"] in expected


def test_what_went_wrong_inside_is_not_told() -> None:
    assert "secret" not in str(problem_of(ZeroDivisionError("secret detail")).body())


def test_out_of_money_speaks_to_both_sdks() -> None:
    problem = problem_of(InsufficientBalance(required_micros=500_001, available_micros=250_000))
    body: dict[str, Any] = problem.body()
    assert problem.headers["x-should-retry"] == "false"
    assert (body["required_cents"], body["available_cents"]) == (51, 25)
    assert body["message"] == body["error"]["message"]
    assert "Required: $0.51, Available: $0.25" in body["message"]


def test_the_first_wrong_field_is_named() -> None:
    nested = drf.ValidationError({"voice": {"id": [drf.ErrorDetail("no", "required")]}})
    problem = problem_of(nested)
    assert problem.param == "voice[id]"
    assert problem.code == "missing_required_parameter"


def test_a_missing_field_is_told_in_the_words_that_its_serializer_has() -> None:
    def told(words: str) -> str:
        return problem_of(
            drf.ValidationError({"file": [drf.ErrorDetail(words, "required")]})
        ).message

    assert told("This field is required.") == "Missing required parameter: 'file'."
    assert told("Send a recording.") == "Send a recording."


def test_an_outage_says_when_to_come_back() -> None:
    assert problem_of(OperationalError()).headers["Retry-After"].isdigit()


def test_an_error_body_is_counted_by_its_status_and_reason() -> None:
    def counted() -> float:
        labels = {"status": "418", "reason": "tea"}
        return REGISTRY.get_sample_value("audiopod_refusals_total", labels) or 0.0

    before = counted()
    response_to(Problem("x", status=418, code="tea"))
    assert counted() == before + 1


def test_a_base_url_without_its_beginning_is_told_the_whole(client: Client) -> None:
    answer = client.post("/v1/audio/speech", data=b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert "/api/v1: make that the base URL" in answer.json()["error"]["message"]
