"""Bodies that are hard to read get an answer of 400, not of 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key
from audio_api.services.speech.serializer import SpeechSerializer
from audio_api.services.transcription.form import form_data
from audio_api.services.transcription.serializer import (
    TranscriptionSerializer,
    TranslationSerializer,
)
from tests.wallet.cast import fund

SPEECH = {"model": "tts-1", "voice": "nova", "input": "Hello."}
LONE = "a \ud800 surrogate"
API = "/api/v1/audio"


def transcription(**changes: Any) -> TranscriptionSerializer:
    upload = SimpleUploadedFile("a.wav", b"RIFF")
    return TranscriptionSerializer(data={"model": "whisper-1", "file": upload} | changes)


def codes(serializer: SpeechSerializer | TranscriptionSerializer) -> dict[str, list[str]]:
    assert not serializer.is_valid()
    return {name: [d.code for d in details] for name, details in serializer.errors.items()}


@pytest.mark.parametrize("field", ["model", "input", "instructions", "voice"])
def test_speech_refuses_half_a_character(field: str) -> None:
    serializer = SpeechSerializer(data=SPEECH | {field: LONE})
    assert codes(serializer) == {field: ["invalid_value"]}
    assert str(serializer.errors[field][0]) == "Expected valid Unicode text."


@pytest.mark.parametrize("voice", [{"id": LONE}, {"id": "nova\0"}, "nova\0"])
def test_a_voice_is_text_that_a_database_can_look_up(voice: Any) -> None:
    assert codes(SpeechSerializer(data=SPEECH | {"voice": voice})) == {"voice": ["invalid_value"]}


@pytest.mark.parametrize("field", ["model", "prompt", "language"])
def test_a_form_refuses_half_a_character(field: str) -> None:
    assert codes(transcription(**{field: LONE})) == {field: ["invalid_value"]}


def test_nul_is_refused_in_a_name_and_dropped_from_a_text() -> None:
    assert codes(SpeechSerializer(data=SPEECH | {"model": "tts\0"})) == {"model": ["invalid_value"]}
    assert codes(transcription(model="whisper\0")) == {"model": ["invalid_value"]}

    speech = SpeechSerializer(data=SPEECH | {"input": "He\0llo\n", "instructions": "\0"})
    assert speech.is_valid(), speech.errors
    assert speech.validated_data["input"] == "Hello\n"
    assert speech.validated_data["instructions"] == ""

    form = transcription(prompt="Na\0mes")
    assert form.is_valid(), form.errors
    assert form.validated_data["prompt"] == "Names"


def test_a_text_of_nothing_but_nul_is_empty() -> None:
    assert codes(SpeechSerializer(data=SPEECH | {"input": "\0\0"})) == {"input": ["min_length"]}


def test_a_list_nested_too_deeply_is_one_wrong_word() -> None:
    deep = "[" * 100_000
    form = QueryDict(mutable=True)
    form["timestamp_granularities"] = deep
    assert form_data(form) == {"timestamp_granularities": [deep]}


# --- through the whole of Django ------------------------------------------------------------
@pytest.fixture
def key(db: None) -> str:
    ada = User.objects.create_user("ada@example.com")
    fund(ada, 1_000_000)
    return create_api_key(user=ada, name="Laptop")[1]


def refused(client: Client, key: str, path: str, body: bytes, content_type: str) -> dict[str, Any]:
    # generic() sends the bytes as they are, whatever the charset
    answer = client.generic(
        "POST", f"{API}/{path}", body, content_type=content_type, headers={"X-API-Key": key}
    )
    assert answer.status_code == 400, answer.content
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_json_nested_too_deeply(client: Client, key: str) -> None:
    body = b'{"voice": ' + b"[" * 100_000
    error = refused(client, key, "speech", body, "application/json")
    assert "nested too deeply" in error["message"]


def test_half_a_character_in_json(client: Client, key: str) -> None:
    body = json.dumps(SPEECH | {"input": LONE}).encode()
    error = refused(client, key, "speech", body, "application/json")
    assert (error["param"], error["code"]) == ("input", "invalid_value")


@pytest.mark.parametrize("charset", ["idna", "rot13", "undefined"])
@pytest.mark.parametrize("path", ["speech", "transcriptions"])
def test_a_charset_that_is_none(client: Client, key: str, path: str, charset: str) -> None:
    part = 'Content-Disposition: form-data; name="model"\r\n\r\nw\u00f6rter'.encode()
    body = b"--x\r\n" + part + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x" if path == "transcriptions" else "application/json"
    error = refused(client, key, path, body, f"{kind}; charset={charset}")
    assert error["type"] == "invalid_request_error"


def form_of(**fields: str) -> tuple[bytes, str]:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n\r\nRIFF\r\n'
        for name, rest in fields.items()
    ]
    return "".join([*parts, "--x--\r\n"]).encode(), "multipart/form-data; boundary=x"


@pytest.mark.parametrize("path", ["transcriptions", "translations"])
def test_what_a_form_lacks_is_said_in_openais_words(client: Client, key: str, path: str) -> None:
    error = refused(client, key, path, *form_of(file='; filename="a.wav"'))
    assert error["message"] == "you must provide a model parameter"
    assert (error["param"], error["code"]) == ("model", "missing_required_parameter")

    error = refused(client, key, path, *form_of(model=""))
    assert error["message"] == "Could not parse multipart form"
    assert error["param"] == "file"


def test_both_forms_judge_the_same_fields() -> None:
    assert set(TranslationSerializer().fields) < set(TranscriptionSerializer().fields)
