"""What every answer says beside its body, over real HTTP."""

from __future__ import annotations

import re

import httpx

from tests.harness.server import Server
from tests.sdk.conftest import Recording, error_of

SPEECH = {"model": "tts-1", "voice": "joe", "input": "Hello.", "response_format": "pcm"}
PAGE = {"Origin": "https://app.example.com"}
DURATION = re.compile(r"\d+ms|(\d+m)?\d+(\.\d+)?s")


def see_headers_of_every_answer(answer: httpx.Response) -> None:
    assert re.fullmatch(r"req_\w{32}", answer.headers["x-request-id"])
    assert answer.headers["openai-processing-ms"].isdigit()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == "*"


def see_rate_limit(answer: httpx.Response) -> None:
    limit, remaining, reset = (
        answer.headers[f"x-ratelimit-{name}-requests"] for name in ("limit", "remaining", "reset")
    )
    assert 0 <= int(remaining) < int(limit)
    assert DURATION.fullmatch(reset)


def test_a_speech(client: httpx.Client) -> None:
    with client.stream("POST", "/audio/speech", json=SPEECH, headers=PAGE) as answer:
        assert answer.status_code == 200
        see_headers_of_every_answer(answer)
        see_rate_limit(answer)
        assert answer.read()


def test_a_transcript_says_what_it_cost(client: httpx.Client, english: Recording) -> None:
    answer = client.post(
        "/audio/transcriptions",
        data={"model": "whisper-1"},
        files={"file": ("a.wav", english.wav)},
        headers=PAGE,
    )
    assert answer.status_code == 200
    see_headers_of_every_answer(answer)
    see_rate_limit(answer)
    assert float(answer.headers["x-audiopod-cost-usd"]) > 0
    assert float(answer.headers["x-audiopod-balance-usd"]) > 0


def test_refusals(server: Server, client: httpx.Client) -> None:
    bad = client.post("/audio/speech", json=SPEECH | {"voice": "nobody"}, headers=PAGE)
    error_of(bad, 400)
    see_rate_limit(bad)
    unknown = client.post("/audio/sing", headers=PAGE)
    error_of(unknown, 404)
    stranger = httpx.post(f"{server.api}/audio/speech", json=SPEECH, headers=PAGE)
    error_of(stranger, 401)
    for answer in (bad, unknown, stranger):
        see_headers_of_every_answer(answer)


def test_a_browser_s_preflight(server: Server) -> None:
    asked = PAGE | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
    }
    answer = httpx.options(f"{server.api}/audio/speech", headers=asked)
    assert answer.status_code == 204
    see_headers_of_every_answer(answer)
    assert answer.headers["access-control-allow-headers"] == asked["Access-Control-Request-Headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_head_and_options(server: Server, client: httpx.Client) -> None:
    seen = client.head("/models")
    assert (seen.status_code, seen.content) == (200, b"")
    refused = client.head("/audio/speech")
    assert (refused.status_code, refused.content) == (405, b"")
    assert "POST" in refused.headers["allow"]
    told = httpx.options(f"{server.api}/audio/speech")
    assert (told.status_code, told.headers["allow"]) == (204, "OPTIONS, POST")


def test_pages_are_not_for_other_origins(server: Server) -> None:
    answer = httpx.get(f"{server.url}/login/", headers=PAGE, follow_redirects=True)
    assert not [name for name in answer.headers if name.startswith("access-control")]
