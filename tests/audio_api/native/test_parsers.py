"""One endpoint, its fields in three kinds of body."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from audio_api.native.parsers import NATIVE_PARSERS, body_of

FORM = "application/x-www-form-urlencoded"


def sent(method: str = "POST", body: Any = b"", content_type: str = "application/json") -> Request:
    made = RequestFactory().generic(method, "/api/v1/x", body, content_type)
    return Request(made, parsers=[parser() for parser in NATIVE_PARSERS])


def test_three_kinds_of_body_say_the_same() -> None:
    fields = {"text": "Hello", "mode": "studio"}
    multipart = encode_multipart(BOUNDARY, fields)
    assert body_of(sent(body=b'{"text": "Hello", "mode": "studio"}')) == fields
    assert body_of(sent(body=urlencode(fields), content_type=FORM)) == fields
    assert body_of(sent(body=multipart, content_type=MULTIPART_CONTENT)) == fields


def test_a_form_brings_files_beside_its_fields() -> None:
    files = [SimpleUploadedFile(name, b"sound", "audio/x-wav") for name in ("a.wav", "b.wav")]
    one = sent(
        body=encode_multipart(BOUNDARY, {"mode": "two", "file": files[0]}),
        content_type=MULTIPART_CONTENT,
    )
    two = sent(body=encode_multipart(BOUNDARY, {"files": files}), content_type=MULTIPART_CONTENT)
    assert body_of(one)["file"].name == "a.wav"
    assert [file.name for file in body_of(two)["files"]] == ["a.wav", "b.wav"]


@pytest.mark.parametrize("name", ["urls", "urls[]"])
def test_a_field_that_is_repeated_is_a_list(name: str) -> None:
    body = urlencode([(name, "a"), (name, "b")])
    assert body_of(sent(body=body, content_type=FORM)) == {"urls": ["a", "b"]}
    assert body_of(sent(body="urls%5B%5D=a", content_type=FORM)) == {"urls": ["a"]}


def test_null_and_empty_fields_are_left_out() -> None:
    assert body_of(sent(body=b'{"stems": null, "options": {}}')) == {"options": {}}
    assert body_of(sent(body="language=&mode=two", content_type=FORM)) == {"mode": "two"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("body", [b"", b"{", b"nonsense"])
def test_the_body_of_what_needs_none_is_not_read(method: str, body: bytes) -> None:
    assert body_of(sent(method, body)) == {}


def test_an_empty_body_has_no_fields() -> None:
    assert body_of(sent()) == {}


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"true"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError, match="Expected a JSON object"):
        body_of(sent(body=body))
