"""Every way to be refused: OpenAI's error object, the right exception, nothing charged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from accounts.keys.tokens import make_token
from tests.harness.account import Account
from tests.harness.server import Server
from tests.sdk.conftest import Recording, error_of

SPEECH = {"model": "tts-1", "voice": "joe", "input": "Hello."}
# Correct in shape, wrong in its last six characters, which are the checksum.
WRONG_CHECKSUM = "ap_" + "a" * 32 + "000000"


pytestmark = pytest.mark.usefixtures("nothing_is_charged")


# --- who is asking --------------------------------------------------------------------------
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),
        ({"Authorization": "Basic dTpw"}, None),
        ({"Authorization": f"Bearer {WRONG_CHECKSUM}"}, "invalid_api_key"),
        ({"X-API-Key": WRONG_CHECKSUM}, "invalid_api_key"),
        ({"Authorization": "Bearer sk-of-another-house"}, "invalid_api_key"),
    ],
)
@pytest.mark.parametrize("path", ["/audio/speech", "/audio/transcriptions", "/audio/translations"])
def test_without_a_good_key(
    server: Server, headers: dict[str, str], code: str | None, path: str
) -> None:
    answer = httpx.post(f"{server.api}{path}", json=SPEECH, headers=headers, timeout=30)

    error = error_of(answer, 401)
    assert error["type"] == "invalid_request_error"
    assert error["code"] == code
    assert WRONG_CHECKSUM not in answer.text


def test_a_well_formed_key_that_nobody_has(server: Server) -> None:
    stranger = make_token()
    with (
        OpenAI(api_key=stranger, base_url=server.api, max_retries=0) as sdk,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        sdk.audio.speech.create(**SPEECH)
    assert refused.value.code == "invalid_api_key"
    assert stranger not in str(refused.value)


def test_a_revoked_key(server: Server) -> None:
    leaver = server.account(credit="1.00")
    with leaver.sdk() as sdk:
        assert sdk.models.list().data
        revoke = (
            "from accounts.models import ApiKey; from accounts.services import revoke;"
            f" revoke(ApiKey.objects.get(user__email='{leaver.email}'))"
        )
        server.command("shell", "--command", revoke)
        with pytest.raises(openai.AuthenticationError) as refused:
            sdk.audio.speech.create(**SPEECH)
    assert refused.value.code == "invalid_api_key"


# --- addresses ------------------------------------------------------------------------------
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/audio/sing", 404),
        ("GET", "/", 404),
        ("GET", "/audio/speech/", 404),
        ("POST", "/audio/speech/", 404),
        ("GET", "/audio/speech", 405),
        ("DELETE", "/audio/transcriptions", 405),
        ("PUT", "/models", 405),
    ],
)
def test_addresses_that_are_not_served(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    error = error_of(client.request(method, path), status)
    assert error["type"] == "invalid_request_error"


# --- as the SDK raises them -----------------------------------------------------------------
def test_the_sdk_raises_its_own_exceptions(account: Account, sdk: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.audio.speech.create(model="tts-1", voice="no-such-voice", input="Hello.")
    assert refused.value.param == "voice"
    assert refused.value.request_id
    assert "no-such-voice" in refused.value.message

    with pytest.raises(openai.NotFoundError):
        sdk.post("/audio/sing", cast_to=object)


def test_a_request_id_of_the_client_or_of_the_server(client: httpx.Client) -> None:
    seen = {client.get("/models").headers["x-request-id"] for _ in range(2)}
    assert len(seen) == 2
    assert all(re.fullmatch(r"[\w.-]{8,64}", request_id) for request_id in seen)


# --- money ----------------------------------------------------------------------------------
@pytest.fixture
def count_tries() -> Callable[[Account], tuple[OpenAI, list[Any]]]:
    def count(poor: Account) -> tuple[OpenAI, list[Any]]:
        tries: list[Any] = []
        hooked = openai.DefaultHttpxClient(event_hooks={"request": [tries.append]})
        sdk = OpenAI(api_key=poor.key, base_url=poor.api, http_client=hooked)
        assert sdk.max_retries == 2
        return sdk, tries

    return count


@pytest.mark.parametrize("what", ["speech", "transcription"])
def test_an_empty_wallet_is_told_once(
    server: Server,
    english: Recording,
    count_tries: Callable[[Account], tuple[OpenAI, list[Any]]],
    what: str,
) -> None:
    poor = server.account(credit="0.000001")
    sdk, tries = count_tries(poor)
    calls = {
        "speech": lambda: sdk.audio.speech.create(**SPEECH),
        "transcription": lambda: sdk.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", english.wav)
        ),
    }

    with sdk, pytest.raises(openai.RateLimitError) as refused:
        calls[what]()

    assert refused.value.code == "insufficient_quota"
    assert refused.value.type == "insufficient_quota"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.response.json()["required_cents"] >= 1
    assert len(tries) == 1
    assert poor.settled_balance() == 1
