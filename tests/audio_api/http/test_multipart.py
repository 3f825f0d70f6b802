"""Files in forms, with and without names, however the form reaches the server."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.test import RequestFactory
from rest_framework.request import Request

from audio_api.http.multipart import FilesParser

CONTENT = b"RIFF\x00\xff--x\r\n\r\nname=file; \r\n" * 50
"""Bytes that are no text, and much that looks like a form."""
PARTS = [
    b'form-data; name="file"',
    b"form-data; name=file",
    b'form-data; name="file"; filename=""',
    b'form-data; filename=""; name="file"',
    b'Form-Data; Name="file"; FileName=""',
]


def form(*parts: tuple[bytes, bytes], boundary: bytes = b"bound") -> bytes:
    """parts: the headers of each, and what is in it."""
    written = b"".join(
        b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return written + b"--" + boundary + b"--\r\n"


def parsed(body: bytes, boundary: str = "bound") -> Request:
    made = RequestFactory().generic(
        "POST", "/api/v1/x", body, f"multipart/form-data; boundary={boundary}"
    )
    return Request(made, parsers=[FilesParser()])


def read(file: Any) -> bytes:
    assert isinstance(file, UploadedFile)
    return bytes(file.read())


@pytest.mark.parametrize("head", PARTS, ids=lambda head: head.decode())
def test_a_part_without_a_file_name_is_a_file(head: bytes) -> None:
    for headers in (
        b"Content-Disposition: " + head,
        b"Content-Type: audio/wav\r\ncontent-disposition: " + head,
    ):
        data = parsed(
            form((b'Content-Disposition: form-data; name="model"', b"m"), (headers, CONTENT))
        )
        assert (data.data["model"], read(data.data["file"])) == ("m", CONTENT)


def test_a_name_that_is_there_stays() -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="talk.wav"'
    file = parsed(form((head, CONTENT))).data["file"]
    assert (file.name, read(file)) == ("talk.wav", CONTENT)


def test_a_file_that_is_empty_is_a_field_that_is_left_out() -> None:
    """A page sends all the fields that it has."""
    data = parsed(
        form(
            (b'Content-Disposition: form-data; name="file"', b""),
            (b'Content-Disposition: form-data; name="url"', b"https://example.com/a.mp3"),
        )
    ).data
    assert (data["file"], data["url"]) == ("", "https://example.com/a.mp3")


def test_texts_stay_texts_whatever_they_say() -> None:
    words = 'Content-Disposition: form-data; name="file"'
    data = parsed(form((b'Content-Disposition: form-data; name="prompt"', words.encode()))).data
    assert data["prompt"] == words


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_it_does_not_matter_in_what_pieces_a_form_comes(size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, most: int | None = -1, /) -> bytes:
            return super().read(size)

    body = form(
        (b'Content-Disposition: form-data; name="file"', CONTENT),
        (b'Content-Disposition: form-data; name="model"', b"whisper-1"),
        (b'Content-Disposition: form-data; name="files[]"; filename=""', CONTENT[:33]),
    )
    request = RequestFactory().generic("POST", "/", body)
    found = FilesParser().parse(
        Slow(body), "multipart/form-data; boundary=bound", {"request": request}
    )
    assert read(found.files["file"]) == CONTENT
    assert read(found.files["files[]"]) == CONTENT[:33]
    assert found.data["model"] == "whisper-1"


def test_a_large_file_without_a_name_is_no_large_text() -> None:
    content = bytes(8 * 2**20)
    file = parsed(form((b'Content-Disposition: form-data; name="file"', content))).data["file"]
    assert file.size == len(content)
