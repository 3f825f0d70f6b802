"""The gate, driven as an ASGI application: what it lets through and what it cuts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts import keys
from audiopod.gate import DRAIN_BYTES, Gate, Message, Receive, Scope, Send

LIMIT = 1000
GOOD_KEY = keys.make_token()


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


async def exchange(
    app: Recorder,
    *,
    path: str = "/api/v1/audio/speech",
    method: str = "POST",
    headers: dict[str, str] | None = None,
    chunks: list[bytes] | None = None,
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
    await Gate(app, max_body_bytes=LIMIT)(scope, receive, send)
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
    assert (status, taken) == (401, DRAIN_BYTES // len(megabyte))


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
    status, _, body, taken = await exchange(app, chunks=[b"x" * 400] * 50)
    assert status == 413
    assert app.aborted
    assert taken == 3, "it stopped reading at the first chunk past the limit"
    assert body["error"]["type"] == "server_error"


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
    assert (status, app.aborted) == (413, True)
    assert taken <= 6


async def test_native_endpoints_are_authenticated_by_django_but_cut_here() -> None:
    status, *_ = await exchange(Recorder(), path="/api/v1/auth/api-keys", headers={})
    assert status == 200
    status, *_ = await exchange(
        Recorder(), path="/api/v1/auth/api-keys", headers={}, chunks=[b"x" * 5000]
    )
    assert status == 413
