"""What AudioPod's own clients are told: one body on every path that is not OpenAI's."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from audiopod.asgi import application
from audiopod.common.problem import Problem, too_large, unavailable
from audiopod.native import NOT_OFFERED, is_native, natively

MEMBERS = {"detail", "message", "error_code", "error"}
OFFERED_TOO = {"music/v3/availability"}
"""What says that a product is not offered, and is asked for where that product would be."""


def told(problem: Problem, path: str = "/api/v1/stems/9") -> dict[str, Any]:
    return natively(problem, path).body()


def routes(patterns: list[Any], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            found.append(path)
    return found


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Problem("No.", status=404, code="job_not_found"), "JOB_NOT_FOUND"),
        (Problem("No.", status=404), "NOT_FOUND"),
        (Problem("No."), "BAD_REQUEST"),
        (Problem("No.", status=401), "UNAUTHORIZED"),
        (Problem("No.", status=405), "METHOD_NOT_ALLOWED"),
        (too_large(1, 2), "TOO_LARGE"),
        (unavailable("No."), "SERVICE_UNAVAILABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_is_told_in_every_way_that_a_client_reads(problem: Problem, code: str) -> None:
    body = told(problem)
    assert set(body) == MEMBERS
    assert body["detail"] == body["message"] == body["error"]["message"] == problem.message
    assert body["error_code"] == code
    assert set(body["error"]) == {"message", "type", "param", "code"}


def test_want_of_money_is_told_with_its_cents() -> None:
    quota = Problem(
        "Too little.",
        status=429,
        type="insufficient_quota",
        code="insufficient_quota",
        extra={"message": "Too little.", "required_cents": 5, "available_cents": 1},
    )
    assert told(quota) == {
        "error": "insufficient_api_balance",
        "detail": "Too little.",
        "message": "Too little.",
        "error_code": "INSUFFICIENT_API_BALANCE",
        "required_cents": 5,
        "available_cents": 1,
    }


def test_scores_are_refused_with_an_object_as_their_detail() -> None:
    body = told(Problem("No score.", status=404, code="no_score"), "/api/v1/music/v3/jobs/7/score")
    assert body["detail"] == {"code": "NO_SCORE", "message": "No score."}


@pytest.mark.parametrize(
    "path", ["/api/v1/credits", "/api/v2/video/7", "/api/v1/audiobook/projects", "/api/v1/modelled"]
)
def test_a_path_that_openai_does_not_have_is_native(path: str) -> None:
    assert is_native(path)


@pytest.mark.parametrize(
    "path", ["/api/v1/audio", "/api/v1/audio/sing", "/api/v1/models/x", "/api/", "/docs/"]
)
def test_what_is_openais_is_not(path: str) -> None:
    assert not is_native(path)


# --- what is not there ------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "PUT"])
@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("/api/v1/stem-extraction/api/extract", "stem separation"),
        ("/api/v1/podcast/projects/p/progress", "podcasts"),
        ("/api/v1/reader/", "the reader"),
        ("/api/v1/reader", "the reader"),
        ("/api/v2/video/", "videos"),
        ("/api/v2/video/7", "videos"),
        ("/api/v1/voice/design", "voice design"),
        ("/api/v1/voice/clone/7/status", "voice cloning"),
    ],
)
def test_a_product_that_is_not_offered_is_named(method: str, path: str, product: str) -> None:
    answer = Client().generic(method, path)
    body = answer.json()
    assert answer.status_code == 404
    assert body["detail"] == f"This server does not offer {product}."
    assert body["error_code"] == "SERVICE_NOT_OFFERED"


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/credits", "/api/v1/auth/me/", "/api/v1/podcasting"]
)
def test_any_other_path_that_is_not_there_is_not_found_and_never_redirected(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "NOT_FOUND"
    assert answer.json()["detail"] == f"Invalid URL (GET {path})"


def test_nothing_is_called_not_offered_that_is_mounted() -> None:
    mounted = {path.removeprefix("api/v1/") for path in routes(get_resolver().url_patterns)}
    for prefix in NOT_OFFERED:
        offered = {path for path in mounted if f"{path}/".startswith(f"{prefix}/")}
        assert offered <= OFFERED_TOO, prefix


async def send(path: str, content: Any, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post(path, content=content, headers=headers)


async def chunks(count: int = 40) -> Any:
    for _ in range(count):
        yield bytes(64 * 1024)


@pytest.mark.parametrize("path", ["/audio/transcriptions", "/transcribe/"])
async def test_an_upload_beside_the_api_is_told_where_it_is(path: str) -> None:
    """To a base URL without its prefix, or with a part of it."""
    declared = await send(path, b"", **{"Content-Length": "300000000"})
    chunked = await send(path, chunks(100))
    for answer in (declared, chunked):
        assert answer.status_code == 404, answer.text
        assert "/api/v1: make that the base URL" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/api/v1/stem-extraction/api/extract", "/api/v1/nothing"])
async def test_an_upload_to_what_is_not_there_is_404_and_not_413(path: str) -> None:
    declared = await send(path, b"", **{"Content-Length": "300000000"})
    chunked = await send(path, chunks())
    for answer in (declared, chunked):
        assert answer.status_code == 404, answer.text
        assert set(answer.json()) == MEMBERS
        assert answer.headers["x-request-id"].startswith("req_")


async def test_what_the_gate_refuses_at_a_native_path_has_the_native_body() -> None:
    answer = await send("/api/v1/auth/api-keys", b"", **{"Content-Length": "300000000"})
    assert answer.status_code == 413
    assert answer.json()["error_code"] == "TOO_LARGE"
    assert answer.json()["error"]["type"] == "invalid_request_error"
