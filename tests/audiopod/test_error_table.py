"""Every row of the table of errors, at the endpoint that gives it, in OpenAI's words."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts import limits
from accounts.keys import tokens
from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.jobs import start
from audio_api.models import Job
from audiopod.asgi import application
from tests.minutes import begin_well_before_the_next
from tests.wallet.cast import fund
from voices.models import VoiceProfile
from wallet.models import Hold

pytestmark = pytest.mark.django_db

SPEECH = "/api/v1/audio/speech"
TRANSCRIPTIONS = "/api/v1/audio/transcriptions"
TRANSLATIONS = "/api/v1/audio/translations"
INVALID = "invalid_request_error"
SAID = {"model": "tts-1", "voice": "somebody", "input": "Hello."}
FORMATS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")


@pytest.fixture
def token() -> str:
    user = User.objects.create_user("ada@example.com")
    fund(user, 5_000_000)
    VoiceProfile.objects.create(
        name="somebody",
        display_name="Somebody",
        engine="none",
        engine_voice="x",
        language="en-US",
        is_installed=True,
    )
    limits._limiter.cache_clear()
    return create_api_key(user=user, name="test")[1]


@dataclass
class Refused:
    """What a client sees of a refusal; made of an answer whose shape has been seen to be right."""

    answer: Any
    error: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        body = json.loads(self.answer.content)
        self.error = body["error"]
        assert set(self.error) == {"message", "type", "param", "code"}
        assert isinstance(self.error["message"], str)
        assert self.answer.headers["content-type"] == "application/json"
        assert self.answer.headers["x-request-id"].startswith("req_")
        assert self.answer.headers["openai-processing-ms"].isdigit()

    @property
    def row(self) -> tuple[int, str, str | None, str | None]:
        """Status, type, param and code."""
        return (self.answer.status_code, *(self.error[name] for name in ("type", "param", "code")))

    @property
    def message(self) -> str:
        return str(self.error["message"])


def ask(token: str, method: str, path: str, **kwargs: Any) -> Refused:
    client = Client(raise_request_exception=False)
    return Refused(
        client.generic(method, path, headers={"Authorization": f"Bearer {token}"}, **kwargs)
    )


def say(token: str, **change: Any) -> Refused:
    body = {name: value for name, value in (SAID | change).items() if value is not None}
    return ask(token, "POST", SPEECH, data=json.dumps(body), content_type="application/json")


def hear(
    token: str,
    content: bytes | None,
    *,
    name: str = "a.wav",
    path: str = TRANSCRIPTIONS,
    **form: str,
) -> Refused:
    fields: dict[str, Any] = {"model": "whisper-1"} | form
    if content is not None:
        fields["file"] = SimpleUploadedFile(name, content)
    answer = Client().post(path, data=fields, headers={"Authorization": f"Bearer {token}"})
    return Refused(answer)


def wav(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * int(16_000 * seconds)))
    return made.getvalue()


async def through_the_gate(method: str, path: str, **kwargs: Any) -> Refused:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return Refused(await client.request(method, path, **kwargs))


# --- who is asking ------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [SPEECH, TRANSCRIPTIONS, TRANSLATIONS])
async def test_no_key(path: str) -> None:
    refused = await through_the_gate("POST", path, json=SAID)
    assert refused.row == (401, INVALID, None, None)
    assert refused.message.startswith(
        "You didn't provide an API key. You need to provide your API key in an Authorization header"
        " using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), "
    )
    assert refused.answer.headers["www-authenticate"] == "Bearer"


def test_no_key_where_django_asks_for_it() -> None:
    refused = Refused(Client().get("/api/v1/models"))
    assert refused.row == (401, INVALID, None, None)
    assert refused.answer.headers["www-authenticate"] == "Bearer"


async def test_a_malformed_key() -> None:
    headers = {"Authorization": "Bearer sk-proj-abcdefghijklmnop1234"}
    refused = await through_the_gate("POST", SPEECH, json=SAID, headers=headers)
    assert refused.row == (401, INVALID, None, "invalid_api_key")
    assert refused.message.startswith("Incorrect API key provided: sk-****1234. You can find your")


def test_an_unknown_key(token: str) -> None:
    unknown = tokens.make_token()
    refused = say(unknown)
    assert refused.row == (401, INVALID, None, "invalid_api_key")
    assert refused.message.startswith("Incorrect API key provided: ap_****")
    assert unknown not in refused.message


# --- how much ---------------------------------------------------------------------------------
def test_rate_limit(token: str) -> None:
    begin_well_before_the_next()
    ApiKey.objects.update(requests_per_minute=1)
    say(token, voice="nobody")
    refused = say(token)
    assert refused.row == (429, "requests", None, "rate_limit_exceeded")
    seconds = refused.answer.headers["retry-after"]
    assert refused.message == (
        "Rate limit reached for this API key on requests per min. Limit: 1 / min."
        f" Please try again in {seconds}s."
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["speech", "transcript"])
def test_quota(what: str) -> None:
    poor = create_api_key(user=User.objects.create_user("poor@example.com"), name="test")[1]
    VoiceProfile.objects.create(
        name="somebody",
        display_name="Somebody",
        engine="none",
        engine_voice="x",
        language="en-US",
        is_installed=True,
    )
    refused = say(poor) if what == "speech" else hear(poor, wav(1))
    assert refused.row == (429, "insufficient_quota", None, "insufficient_quota")
    assert refused.answer.headers["x-should-retry"] == "false"
    body = refused.answer.json()
    assert refused.message == body["message"]
    assert refused.message.startswith("Insufficient API wallet balance. Required: $0.0")
    assert "Available: $0.00" in refused.message
    assert (body["required_cents"], body["available_cents"]) == (1, 0)
    assert (Job.objects.count(), Hold.objects.count()) == (0, 0)


async def test_too_large() -> None:
    headers = {"X-API-Key": tokens.make_token(), "Content-Length": "26306794"}
    refused = await through_the_gate("POST", TRANSCRIPTIONS, content=b"", headers=headers)
    assert refused.row == (413, "server_error", None, None)
    assert refused.message == (
        "Maximum content size limit (26214400) exceeded (26306794 bytes read)"
    )


async def test_json_that_is_too_large_for_the_gate() -> None:
    """Only an upload that is too large is an error of the server to OpenAI."""
    headers = {"X-API-Key": tokens.make_token(), "Content-Length": "1048577"}
    refused = await through_the_gate("POST", SPEECH, content=b"", headers=headers)
    assert refused.row == (413, INVALID, None, None)


# --- addresses and methods ----------------------------------------------------------------------
def test_an_unknown_model(token: str) -> None:
    refused = ask(token, "GET", "/api/v1/models/gpt-17")
    assert refused.row == (404, INVALID, "model", "model_not_found")
    assert refused.message == ("The model `gpt-17` does not exist or you do not have access to it.")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/audio/sing", "/api/", "/api/v1/audio/speech/"])
def test_an_unknown_address(token: str, method: str, path: str) -> None:
    refused = ask(token, method, path)
    assert refused.row == (404, INVALID, None, None)
    assert refused.message == f"Invalid URL ({method} {path})"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SPEECH, "POST"),
        ("DELETE", TRANSCRIPTIONS, "POST"),
        ("PUT", "/api/v1/models", "GET"),
        ("PATCH", "/api/v1/api-wallet/balance", "GET"),
    ],
)
def test_a_method_that_is_not_served(token: str, method: str, path: str, allowed: str) -> None:
    refused = ask(token, method, path)
    assert refused.row == (405, INVALID, None, None)
    assert refused.message == f"Method {method} is not allowed at {path}. Use {allowed}."
    assert allowed in refused.answer.headers["Allow"]


def test_a_host_that_is_not_ours(token: str) -> None:
    refused = ask(token, "GET", "/api/v1/models", HTTP_HOST="evil.example")
    assert refused.row == (400, INVALID, None, None)
    assert "ALLOWED_HOSTS" in refused.message, "who set the server up reads what to change"
    page = Client().get("/", headers={"Host": "evil.example"})
    assert page.status_code == 400
    assert "ALLOWED_HOSTS" in page.content.decode()


# --- bodies -------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [b"{", b"\xff", b"", b"[" * 100_000])
def test_a_body_that_is_no_json(token: str, body: bytes) -> None:
    refused = ask(token, "POST", SPEECH, data=body, content_type="application/json")
    assert refused.row[:2] == (400, INVALID)


def test_a_body_of_another_kind(token: str) -> None:
    refused = ask(token, "POST", SPEECH, data=b"Hello.", content_type="text/plain")
    assert refused.row == (415, INVALID, None, None)
    assert "text/plain" in refused.message


def test_json_that_is_too_large(token: str, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert say(token, input="x" * 2000).row == (413, INVALID, None, None)


# --- speech -------------------------------------------------------------------------------------
def test_speech_bad_voice(token: str) -> None:
    refused = say(token, voice="nobody")
    assert refused.row == (400, INVALID, "voice", "invalid_value")
    assert "nobody" in refused.message


def test_speech_of_more_than_4096_characters(token: str) -> None:
    refused = say(token, input="ü" * 4097)
    assert refused.row == (400, INVALID, "input", "string_above_max_length")
    assert "String should have at most 4096 characters" in refused.message


def test_speech_of_nothing(token: str) -> None:
    refused = say(token, input="")
    assert refused.row == (400, INVALID, "input", "string_below_min_length")
    assert "String should have at least 1 character" in refused.message


@pytest.mark.parametrize("name", ["model", "input", "voice"])
def test_speech_without_a_parameter(token: str, name: str) -> None:
    refused = say(token, **{name: None})
    assert refused.row == (400, INVALID, name, "missing_required_parameter")
    assert refused.message == f"Missing required parameter: '{name}'."


# --- transcripts --------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [TRANSCRIPTIONS, TRANSLATIONS])
def test_a_transcript_without_a_model(token: str, path: str) -> None:
    form = {"file": SimpleUploadedFile("a.wav", wav(1))}
    headers = {"Authorization": f"Bearer {token}"}
    refused = Refused(Client().post(path, data=form, headers=headers))
    assert refused.row[:2] == (400, INVALID)
    assert refused.message == "you must provide a model parameter"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--y\r\nno", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"{}", "application/json"),
    ],
)
def test_a_broken_form(token: str, body: bytes, content_type: str) -> None:
    refused = ask(token, "POST", TRANSCRIPTIONS, data=body, content_type=content_type)
    assert refused.row[:2] == (400, INVALID)
    assert refused.message == "Could not parse multipart form"


def test_a_form_without_a_file(token: str) -> None:
    refused = hear(token, None)
    assert refused.row[:2] == (400, INVALID)
    assert refused.message == "Could not parse multipart form"


def test_a_file_that_is_no_sound(token: str) -> None:
    refused = hear(token, b"These are words. " * 99, name="words.txt")
    assert refused.row[:2] == (400, INVALID)
    assert refused.message.startswith("Invalid file format. Supported formats: [")
    assert all(f"'{name}'" in refused.message for name in FORMATS)


def test_a_file_that_cannot_be_decoded(token: str) -> None:
    refused = hear(token, b"OggS" + bytes(range(256)) * 20, name="noise.ogg")
    assert refused.row[:2] == (400, INVALID)
    assert refused.message.startswith(
        "The audio file could not be decoded or its format is not supported."
    )


def test_a_file_that_is_too_short(token: str) -> None:
    refused = hear(token, wav(0.05))
    assert refused.row[:2] == (400, INVALID)
    assert refused.message == "Audio file is too short. Minimum audio length is 0.1 seconds."


def test_a_language_that_is_none(token: str) -> None:
    refused = hear(token, wav(1), language="klingon")
    assert refused.row == (400, INVALID, "language", "invalid_language_format")
    assert refused.message == (
        "Invalid language 'klingon'. Language parameter must be specified in ISO-639-1 format."
    )


# --- our fault ----------------------------------------------------------------------------------
def test_a_defect_is_a_500_that_tells_nothing(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(start, "start", break_down)
    refused = say(token)
    assert refused.row == (500, "server_error", None, None)
    assert "secret" not in refused.message


def test_a_service_that_is_away_is_a_503(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(start, "start", break_down)
    refused = say(token)
    assert refused.row == (503, "server_error", None, None)
    assert int(refused.answer.headers["retry-after"]) > 0


# --- HEAD and OPTIONS ---------------------------------------------------------------------------
def test_head_is_served_where_get_is(token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().head("/api/v1/models", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-request-id"]


def test_head_is_refused_where_only_post_is_served(token: str) -> None:
    answer = Client().head(SPEECH, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.content) == (405, b"")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (SPEECH, "OPTIONS, POST"),
        ("/api/v1/models", "GET, HEAD, OPTIONS"),
        ("/api/v1/voice/voice-profiles", "GET, HEAD, OPTIONS"),
        ("/api/v1/api-wallet/balance", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_needs_no_key(path: str, allowed: str) -> None:
    answer = Client().options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == allowed
    assert answer.headers["x-request-id"]


def test_options_of_an_unknown_address() -> None:
    assert Refused(Client().options("/api/v1/audio/sing")).row[0] == 404
