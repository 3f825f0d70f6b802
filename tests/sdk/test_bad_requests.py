"""Bodies that are refused: 400, 413 or 415 in OpenAI's error object, and nothing charged."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sdk.conftest import Recording, error_of

SPEECH = {"model": "tts-1", "voice": "joe", "input": "Hello."}
MIB = 1024 * 1024
pytestmark = [pytest.mark.usefixtures("nothing_is_charged"), pytest.mark.thorough]


# --- speech ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"voice": "no-such-voice"}, "voice"),
        ({"voice": {"id": "no-such-voice"}}, "voice"),
        ({"voice": ""}, "voice"),
        ({"voice": None}, "voice"),
        ({"voice": [1]}, "voice"),
        ({"voice": 10**30}, "voice"),
        ({"input": ""}, "input"),
        ({"input": "x" * 4097}, "input"),
        ({"input": "…"}, "input"),
        ({"input": "\N{GRINNING FACE} \N{GRINNING FACE}"}, "input"),
        ({"input": {"text": "hello"}}, "input"),
        ({"response_format": "midi"}, "response_format"),
        ({"speed": 0.24}, "speed"),
        ({"speed": 4.01}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"speed": float("nan")}, None),  # what json.dumps makes of it is not JSON at all
    ],
    ids=lambda value: str(value)[:40],
)
def test_speech_that_cannot_be_made(
    client: httpx.Client, change: dict[str, Any], param: str | None
) -> None:
    answer = client.post(
        "/audio/speech",
        content=json.dumps(SPEECH | change),
        headers={"Content-Type": "application/json"},
    )
    error = error_of(answer, 400)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param


@pytest.mark.parametrize("field", ["model", "voice", "input"])
def test_speech_without_a_required_field(client: httpx.Client, field: str) -> None:
    body = {name: value for name, value in SPEECH.items() if name != field}
    error = error_of(client.post("/audio/speech", json=body), 400)
    assert error["param"] == field
    assert error["code"] == "missing_required_parameter"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"speech"', b"null", b"\xff\xfe", b'{"model": "tts-1", }']
)
def test_a_body_that_is_not_a_json_object(client: httpx.Client, body: bytes) -> None:
    answer = client.post(
        "/audio/speech", content=body, headers={"Content-Type": "application/json"}
    )
    assert error_of(answer, 400)["type"] == "invalid_request_error"


def test_an_unsupported_content_type(client: httpx.Client) -> None:
    headers = {"Content-Type": "text/plain"}
    error_of(client.post("/audio/speech", content=b"Hello.", headers=headers), 415)


# --- transcripts ----------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/audio/transcriptions", "/audio/translations"])
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"response_format": "docx"}, "response_format"),
        ({"temperature": "1.1"}, "temperature"),
        ({"temperature": "-0.1"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "nan"}, "temperature"),
    ],
    ids=str,
)
def test_a_transcript_that_cannot_be_made(
    client: httpx.Client, english: Recording, path: str, change: dict[str, Any], param: str
) -> None:
    fields = {"model": "whisper-1"} | change
    data = {name: value for name, value in fields.items() if value is not None}
    answer = client.post(path, data=data, files={"file": ("a.wav", english.wav)})
    error = error_of(answer, 400)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param


@pytest.mark.parametrize("language", ["klingon", "xx-US", "xx"])
def test_a_language_that_is_no_iso_639_1_code(
    client: httpx.Client, english: Recording, language: str
) -> None:
    data = {"model": "whisper-1", "language": language}
    answer = client.post("/audio/transcriptions", data=data, files={"file": english.wav})
    error = error_of(answer, 400)
    assert error["param"] == "language"
    assert language in error["message"]


def test_a_timestamp_granularity_that_does_not_exist(
    client: httpx.Client, english: Recording
) -> None:
    data = {
        "model": "whisper-1",
        "response_format": "verbose_json",
        "timestamp_granularities[]": "syllable",
    }
    answer = client.post("/audio/transcriptions", data=data, files={"file": english.wav})
    assert str(error_of(answer, 400)["param"]).startswith("timestamp_granularities")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp3", b""),
        ("words.mp3", b"These are words in a text file, not sound. " * 50),
        ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        ("playlist.mp3", b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n"),
        ("header-only.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0"),
        ("noise.mp3", bytes(range(256)) * 40),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_sound(client: httpx.Client, name: str, content: bytes) -> None:
    answer = client.post(
        "/audio/transcriptions", data={"model": "whisper-1"}, files={"file": (name, content)}
    )
    assert error_of(answer, 400)["type"] == "invalid_request_error"


def test_no_file_at_all(client: httpx.Client) -> None:
    multipart = {"model": (None, "whisper-1")}
    answer = client.post("/audio/transcriptions", files=multipart)
    assert error_of(answer, 400)["param"] == "file"


def test_a_file_that_is_only_a_text_field(client: httpx.Client) -> None:
    multipart = {"model": (None, "whisper-1"), "file": (None, "speech.wav")}
    answer = client.post("/audio/transcriptions", files=multipart)
    assert error_of(answer, 400)["param"] == "file"


def test_broken_multipart(client: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    error_of(client.post("/audio/transcriptions", content=b"--y\r\nno", headers=headers), 400)


def test_json_where_a_form_is_wanted(client: httpx.Client) -> None:
    answer = client.post("/audio/transcriptions", json={"model": "whisper-1"})
    assert answer.status_code in {400, 415}
    error_of(answer, answer.status_code)


@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "chunked"])
def test_an_upload_over_25_mib(client: httpx.Client, announced: bool) -> None:
    body = b"--x\r\n" + bytes(26 * MIB)
    content = body if announced else (body[i : i + MIB] for i in range(0, len(body), MIB))
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/audio/transcriptions", content=content, headers=headers)
    assert "26214400" in error_of(answer, 413)["message"]
