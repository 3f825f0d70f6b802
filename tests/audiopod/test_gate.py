"""The gate, driven as an ASGI application: what it lets through and what it cuts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from accounts.keys import tokens
from audiopod.asgi_types import Message, Receive, Scope, Send
from audiopod.common import upload_pass
from audiopod.cors import Cors
from audiopod.gate import JSON_BODY_BYTES, LINGER_BYTES, PAGE_BODY_BYTES, Gate
from audiopod.intake import Pace, Spool

LIMIT = 1000
GOOD_KEY = tokens.make_token()


class Recorder:
    """An application that reads the whole body and answers 200 when it gets it."""

    def __init__(self) -> None:
        self.body = b""
        self.aborted = False
        self.called = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called = True
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.aborted = True
                return
            self.body += message["body"]
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


def gate(app: Recorder, origins: list[str], max_body_bytes: int = LIMIT) -> Gate:
    """Room for a body and a half on disk, and patience that no test tries."""
    return Gate(
        app,
        max_body_bytes=max_body_bytes,
        max_transcript_bytes=9_216_000,
        pace=Pace(bytes_per_second=1, seconds=60),
        spool=Spool(max_bytes=LIMIT * 6000, memory_bytes=0),
        cors=Cors(origins),
    )


async def exchange(
    app: Recorder,
    *,
    path: str = "/api/v1/audio/speech",
    method: str = "POST",
    headers: dict[str, str] | None = None,
    chunks: list[bytes] | None = None,
    origins: list[str] | None = None,
    max_body_bytes: int = LIMIT,
) -> tuple[int, dict[str, str], Any, int]:
    """Status, headers, JSON body (or bytes) and how many chunks were taken."""
    pending = list(chunks or [b""])
    taken = 0
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        body = pending.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pending)}

    async def send(message: Message) -> None:
        sent.append(message)

    given = {"authorization": f"Bearer {GOOD_KEY}"} if headers is None else headers
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(k.lower().encode(), v.encode()) for k, v in given.items()],
    }
    await gate(app, origins or [], max_body_bytes)(scope, receive, send)
    raw = b"".join(m.get("body", b"") for m in sent[1:])
    answered = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    body = json.loads(raw) if answered.get("content-type") == "application/json" else raw
    return sent[0]["status"], answered, body, taken


async def test_a_good_request_passes_untouched() -> None:
    app = Recorder()
    status, _, body, _ = await exchange(app, chunks=[b"a" * 500, b"b" * 500])
    assert (status, body, len(app.body)) == (200, b"ok", LIMIT)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),
        ({"authorization": "Basic dXNlcjpwYXNz"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "Bearer sk-something"}, "invalid_api_key"),
        ({"x-api-key": GOOD_KEY[:-1] + "!"}, "invalid_api_key"),
        ({"authorization": "Bearer " + "x" * 100_000}, "invalid_api_key"),
    ],
)
async def test_a_stranger_is_refused_before_the_body(
    headers: dict[str, str], code: str | None
) -> None:
    app = Recorder()
    status, answered, body, _ = await exchange(app, headers=headers, chunks=[b"x" * 500] * 9)
    assert (status, body["error"]["code"]) == (401, code)
    assert answered["x-request-id"].startswith("req_")
    assert not app.called
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert answered["connection"] == "close"
    assert len(body["error"]["message"]) < 400


async def test_a_stranger_s_large_upload_is_taken_only_in_part() -> None:
    """Enough that a small one sees its answer, no more of a large one than that."""
    megabyte = b"x" * 1024 * 1024
    status, _, _, taken = await exchange(Recorder(), headers={}, chunks=[megabyte] * 200)
    assert (status, taken) == (401, LINGER_BYTES // len(megabyte))


async def test_who_asks_before_sending_is_answered_before_sending() -> None:
    status, _, _, taken = await exchange(
        Recorder(), headers={"expect": "100-continue"}, chunks=[b"x"] * 9
    )
    assert (status, taken) == (401, 0)


async def test_the_other_header_works_too() -> None:
    status, *_ = await exchange(Recorder(), headers={"x-api-key": GOOD_KEY})
    assert status == 200


async def test_a_declared_length_over_the_limit_is_refused_before_the_body() -> None:
    app = Recorder()
    headers = {"x-api-key": GOOD_KEY, "content-length": str(LIMIT + 1)}
    status, _, body, taken = await exchange(app, headers=headers, chunks=[b"x" * (LIMIT + 1)])
    assert (status, taken, app.called) == (413, 1, False)
    assert body["error"]["message"] == (
        f"Maximum content size limit ({LIMIT}) exceeded ({LIMIT + 1} bytes read)"
    )


async def test_a_body_without_a_length_is_cut_at_the_limit() -> None:
    app = Recorder()
    status, _, body, _ = await exchange(app, chunks=[b"x" * 400] * 50)
    assert status == 413
    assert app.aborted
    assert len(app.body) == 800, "the application saw nothing past the limit"
    assert body["error"]["type"] == "invalid_request_error"


async def test_pages_outside_the_api_are_not_its_business() -> None:
    app = Recorder()
    status, *_ = await exchange(app, path="/login/", headers={}, chunks=[b"x" * 5000])
    assert status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/login/", "/nosuch", "/api/v1/models"])
async def test_no_method_and_no_page_takes_a_body_without_end(path: str, method: str) -> None:
    app = Recorder()
    megabyte = b"x" * 1024 * 1024
    status, _, _, taken = await exchange(
        app, path=path, method=method, headers={}, chunks=[megabyte] * 100
    )
    assert (status, app.aborted) == (404 if path == "/nosuch" else 413, True)
    assert taken <= 6 + LINGER_BYTES // len(megabyte)


async def test_native_endpoints_are_authenticated_by_django_but_cut_here() -> None:
    status, *_ = await exchange(Recorder(), path="/api/v1/auth/api-keys", headers={})
    assert status == 200
    status, *_ = await exchange(
        Recorder(), path="/api/v1/auth/api-keys", headers={}, chunks=[b"x" * 5000]
    )
    assert status == 413


# --- web pages of other origins -----------------------------------------------------------------
PAGE = "https://app.example.com"
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-stainless-os",
}


async def test_a_browser_may_ask_without_a_key_and_is_told_all_it_wants_to_know() -> None:
    app = Recorder()
    status, told, body, _ = await exchange(app, method="OPTIONS", headers=PREFLIGHT, origins=["*"])
    assert (status, body, app.called) == (204, b"", False)
    assert told["access-control-allow-origin"] == "*"
    assert "POST" in told["access-control-allow-methods"]
    assert told["access-control-allow-headers"] == PREFLIGHT["access-control-request-headers"]
    assert int(told["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in told
    assert told["x-request-id"]


async def test_header_names_that_are_none_are_not_repeated() -> None:
    nonsense = PREFLIGHT | {"access-control-request-headers": "<script>"}
    _, told, _, _ = await exchange(Recorder(), method="OPTIONS", headers=nonsense, origins=["*"])
    assert "access-control-allow-headers" not in told


@pytest.mark.parametrize("headers", [{"x-api-key": GOOD_KEY}, {}], ids=["answer", "refusal"])
async def test_a_page_can_read_an_answer_and_a_refusal(headers: dict[str, str]) -> None:
    status, told, _, _ = await exchange(
        Recorder(), headers=headers | {"origin": PAGE}, origins=["*"]
    )
    assert status == (200 if headers else 401)
    assert told["access-control-allow-origin"] == "*"
    assert told["access-control-expose-headers"] == "*"


async def test_a_page_can_read_that_its_upload_was_cut() -> None:
    headers = {"x-api-key": GOOD_KEY, "origin": PAGE}
    status, told, _, _ = await exchange(
        Recorder(), headers=headers, chunks=[b"x" * 400] * 9, origins=["*"]
    )
    assert (status, told["access-control-allow-origin"]) == (413, "*")


async def test_a_page_may_fetch_a_file_by_its_link() -> None:
    headers = {"origin": PAGE, "range": "bytes=0-"}
    path = "/media/token/words.mp3"
    _, told, _, _ = await exchange(
        Recorder(), path=path, method="GET", headers=headers, origins=["*"]
    )
    assert told["access-control-allow-origin"] == "*"
    assert told["access-control-expose-headers"] == "*"


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ([PAGE], PAGE, PAGE),
        ([f"{PAGE}/"], PAGE, PAGE),
        ([PAGE], "https://app.example.com.evil.example", None),
        ([PAGE], "null", None),
        ([], PAGE, None),
    ],
)
async def test_only_the_origins_of_the_setting(
    origins: list[str], origin: str, allowed: str | None
) -> None:
    headers = {"x-api-key": GOOD_KEY, "origin": origin}
    _, told, _, _ = await exchange(Recorder(), headers=headers, origins=origins)
    assert told.get("access-control-allow-origin") == allowed
    assert told.get("vary") == ("Origin" if origins else None), "caches must not mix the answers"


async def test_without_an_origin_nothing_is_added() -> None:
    _, told, _, _ = await exchange(Recorder(), origins=["*"])
    assert not [name for name in told if name.startswith("access-control")]


async def test_pages_are_for_their_own_origin_alone() -> None:
    app = Recorder()
    status, told, _, _ = await exchange(
        app, path="/login/", method="OPTIONS", headers=PREFLIGHT, origins=["*"]
    )
    assert (status, app.called) == (200, True)
    assert not [name for name in told if name.startswith("access-control")]


# --- refusals are counted ---------------------------------------------------------------------
async def test_a_refusal_is_counted_by_its_reason() -> None:
    labels = {"status": "401", "reason": "invalid_api_key"}

    def counted() -> float:
        return REGISTRY.get_sample_value("audiopod_refusals_total", labels) or 0.0

    before = counted()
    await exchange(Recorder(), headers={"x-api-key": "wrong"})
    assert counted() == before + 1


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=punycode",
        'multipart/form-data; boundary=x; charset="zlib"',
        "application/json; a*=punycode''%41",
        "text/plain; charset=utf-8; charset=idna",
        "application/json; x=" + "y" * 2000,
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/audio/speech", "/login/"])
async def test_a_charset_that_costs_time_to_decode_is_refused(content_type: str, path: str) -> None:
    app = Recorder()
    headers = {"x-api-key": GOOD_KEY, "content-type": content_type}
    status, _, body, _ = await exchange(app, path=path, headers=headers)
    assert (status, app.called) == (415, False)
    assert "UTF-8" in body["error"]["message"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "iso-8859-1"])
async def test_usual_charsets_pass(charset: str) -> None:
    headers = {"x-api-key": GOOD_KEY, "content-type": f"application/json; charset={charset}"}
    assert (await exchange(Recorder(), headers=headers))[0] == 200


async def test_only_uploads_may_be_as_large_as_uploads() -> None:
    large = Gate(
        Recorder(),
        max_body_bytes=25 * JSON_BODY_BYTES,
        max_transcript_bytes=9_216_000,
        pace=Pace(bytes_per_second=1, seconds=60),
        spool=Spool(max_bytes=10**9, memory_bytes=0),
        cors=Cors([]),
    )
    limits = {
        path: large._limit({"path": path, "method": "PUT", "headers": []})
        for path in (
            "/api/v1/audio/transcriptions",
            "/api/v1/audio/speech",
            "/api/v1/transcription/jobs/7/edit",
            "/api/v1/no",
            "/login/",
        )
    }
    assert list(limits.values()) == [
        25 * JSON_BODY_BYTES,
        JSON_BODY_BYTES,
        9_216_000,
        JSON_BODY_BYTES,
        PAGE_BODY_BYTES,
    ]


# --- recordings that a page sends ---------------------------------------------------------------
PAGE_UPLOAD = "/playground/transcription/run"
LARGE = PAGE_BODY_BYTES + 1


async def page_upload(given: str | None, *, path: str = PAGE_UPLOAD, size: int = LARGE) -> int:
    """The status of an upload with such a pass, where recordings may be twice a form's size."""
    headers = {"content-length": str(size)}
    if given is not None:
        headers[upload_pass.HEADER] = given
    limit = 2 * PAGE_BODY_BYTES
    return (await exchange(Recorder(), path=path, headers=headers, max_body_bytes=limit))[0]


async def test_a_large_recording_is_let_in_by_a_pass_alone() -> None:
    given = upload_pass.make(7)
    assert await page_upload(given) == 200
    assert await page_upload(given, size=2 * PAGE_BODY_BYTES + 1) == 413
    for wrong in (None, "", "7", given[:-1], given.replace("7:", "8:", 1), "x" * 100_000, "é"):
        assert await page_upload(wrong) == 413, wrong
    assert await page_upload(None, size=PAGE_BODY_BYTES) == 200, "a form of the usual size"


@pytest.mark.parametrize("path", ["/playground/speech/run", "/", "/playground/transcription/"])
async def test_a_pass_is_for_one_page(path: str) -> None:
    assert await page_upload(upload_pass.make(7), path=path) == 413


async def test_a_pass_lasts_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = upload_pass.make(7)
    monkeypatch.setattr(upload_pass, "LASTS_SECONDS", -1)
    assert await page_upload(given) == 413


async def test_a_pass_does_not_shrink_what_a_form_may_have() -> None:
    """Where an operator allows less for recordings than pages may have."""
    headers = {"content-length": str(PAGE_BODY_BYTES), upload_pass.HEADER: upload_pass.make(7)}
    assert (await exchange(Recorder(), path=PAGE_UPLOAD, headers=headers))[0] == 200
