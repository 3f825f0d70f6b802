"""Who may send a large form to the admin: whoever was given the pass of the page, for an hour."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from audiopod.common import staff_pass, upload_pass
from audiopod.gate import PAGE_BODY_BYTES
from tests.audiopod.test_gate import Recorder, gate

PAGE = "/secret-admin/voices/voiceprofile/piper/"


def given_cookie() -> str:
    response = HttpResponse()
    staff_pass.give(response, user_id=7, path=PAGE)
    return f"other=1; {staff_pass.COOKIE}={response.cookies[staff_pass.COOKIE].value}"


def limit_bytes(path: str, cookie: str) -> int:
    headers = [(b"cookie", cookie.encode("latin-1"))]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    return gate(Recorder(), [])._limit(scope)


def test_the_gate_lets_a_large_form_in() -> None:
    assert limit_bytes(PAGE, given_cookie()) == staff_pass.BODY_BYTES


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        (PAGE, ""),
        (PAGE, f"{staff_pass.COOKIE}=7:abc:def"),
        (PAGE, f"{staff_pass.COOKIE}={upload_pass.make(7)}"),
        (PAGE, f"{staff_pass.COOKIE}={'x' * 10_000}"),
        (PAGE, "\xff=\xff"),
        ("/secret-admin/voices/voiceprofile/", given_cookie()),
        ("/", given_cookie()),
    ],
    ids=["none", "forged", "another pass", "endless", "no text", "another page", "front page"],
)
def test_nobody_else_sends_more_than_a_form(path: str, cookie: str) -> None:
    assert limit_bytes(path, cookie) == PAGE_BODY_BYTES


def test_a_pass_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = given_cookie()
    monkeypatch.setattr(staff_pass, "LASTS_SECONDS", -1)
    assert limit_bytes(PAGE, cookie) == PAGE_BODY_BYTES
