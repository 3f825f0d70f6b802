"""The line that is written of every request."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from audiopod.middleware import RequestMiddleware


def line_of(path: str, caplog: pytest.LogCaptureFixture) -> str:
    """What is logged of a request for this path, as a server has decoded it."""

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request = RequestFactory().get("/")
    request.path = path
    with caplog.at_level(logging.INFO, logger="audiopod.access"):
        RequestMiddleware(answer)(request)
    return caplog.messages[-1]


def test_an_ordinary_path_reads_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    assert line_of("/api/v1/models/tts-1", caplog).startswith("GET /api/v1/models/tts-1 200 ")


@pytest.mark.parametrize(
    "path",
    [
        "/a\n2026-01-01 INFO audiopod.access: POST /forged 200",
        "/a\r\x1b[2Jb",
        "/a\u2028b\x85c",
        "/a 200 1 ms req_forged",
        "/a\ud800",
    ],
    ids=ascii,
)
def test_a_path_forges_no_line(path: str, caplog: pytest.LogCaptureFixture) -> None:
    line = line_of(path, caplog)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert line.split(" ")[2] == "200"
