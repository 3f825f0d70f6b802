"""What goes wrong: the class of each exception, what it knows, and how often it was tried."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openai

from tests.sdk.clients.scenario import Stage, events_of, scenario
from tests.sdk.clients.speech import asked

MIB = 1024 * 1024


def refused(error: type[openai.APIError], act: Callable[..., Any], **request: Any) -> Any:
    """The exception that a call raises, which is of exactly this class."""
    try:
        act(**request)
    except openai.OpenAIError as exception:
        raised = exception
    else:
        raise AssertionError("it was not refused")
    assert type(raised) is error, repr(raised)
    return raised


@scenario
def a_key_that_nobody_has(stage: Stage) -> None:
    with stage.client(api_key="sk-of-another-house") as client:
        raised = refused(openai.AuthenticationError, client.audio.speech.create, **asked())
    assert raised.code == "invalid_api_key"
    assert raised.type == "invalid_request_error"
    assert raised.request_id


@scenario
def a_voice_that_does_not_exist(stage: Stage) -> None:
    with stage.client() as client:
        create = client.audio.speech.create
        raised = refused(openai.BadRequestError, create, **asked(voice="no-such-voice"))
    assert raised.param == "voice"
    assert raised.code
    assert "no-such-voice" in raised.message
    assert raised.request_id == raised.response.headers["x-request-id"]


@scenario
def an_input_that_is_too_long(stage: Stage) -> None:
    with stage.client() as client:
        create = client.audio.speech.create
        raised = refused(openai.BadRequestError, create, **asked(input="x" * 4097))
    assert raised.param == "input"
    assert "4096" in raised.message


@scenario
def a_file_that_is_no_sound(stage: Stage) -> None:
    request = {"model": "whisper-1", "file": ("words.mp3", b"These are words, not sound. " * 99)}
    with stage.client() as client:
        refused(openai.BadRequestError, client.audio.transcriptions.create, **request)


@scenario
def a_file_that_is_too_large(stage: Stage) -> None:
    request = {"model": "whisper-1", "file": ("a.wav", bytes(26 * MIB))}
    with stage.client() as client:
        raised = refused(openai.APIStatusError, client.audio.transcriptions.create, **request)
    assert raised.status_code == 413
    assert "26214400" in raised.message


@scenario
def a_model_that_does_not_exist(stage: Stage) -> None:
    with stage.client() as client:
        raised = refused(openai.NotFoundError, client.models.retrieve, model="no-such-model")
    assert raised.code == "model_not_found"


@scenario
def an_address_that_does_not_exist(stage: Stage) -> None:
    with stage.client() as client:
        raised = refused(
            openai.NotFoundError, client.post, path="/audio/sing", cast_to=object, body={}
        )
    assert "Invalid URL (POST /api/v1/audio/sing)" in raised.message


# --- as often as the server's access log says ---------------------------------------------------
@scenario
def an_empty_wallet_is_tried_once(stage: Stage) -> None:
    before = stage.requests_logged("/audio/speech", 429)
    with stage.client(api_key=stage.poor_key, max_retries=2) as client:
        raised = refused(openai.RateLimitError, client.audio.speech.create, **asked())
    assert raised.code == raised.type == "insufficient_quota"
    assert raised.body["message"]
    assert stage.requests_logged("/audio/speech", 429) - before == 1


@scenario
def an_empty_wallet_and_a_transcript_are_tried_once(stage: Stage) -> None:
    before = stage.requests_logged("/audio/transcriptions", 429)
    request = {"model": "whisper-1", "file": (stage.folder / "speech.wav")}
    with stage.client(api_key=stage.poor_key, max_retries=2) as client:
        create = client.audio.transcriptions.create
        raised = refused(openai.RateLimitError, create, **request)
    assert raised.code == "insufficient_quota"
    assert stage.requests_logged("/audio/transcriptions", 429) - before == 1


@scenario
def a_broken_engine_is_tried_three_times(stage: Stage) -> None:
    before = stage.requests_logged("/audio/speech", 500)
    with stage.client(max_retries=2) as client:
        create = client.audio.speech.create
        raised = refused(openai.InternalServerError, create, **asked(voice="faulty-before"))
    assert raised.status_code == 500
    assert raised.body["type"] == "server_error"
    assert stage.requests_logged("/audio/speech", 500) - before == 3


@scenario
async def a_key_that_nobody_has_without_waiting(stage: Stage) -> None:
    async with stage.async_client(api_key="sk-of-another-house") as client:
        try:
            await client.audio.speech.create(**asked())
        except openai.AuthenticationError as exception:
            raised = exception
        else:
            raise AssertionError("it was not refused")
    assert raised.code == "invalid_api_key"


@scenario
def a_key_that_is_used_too_often(stage: Stage) -> None:
    with stage.client(api_key=stage.hurried_key) as client:
        create = client.audio.transcriptions.create
        request = {"model": "whisper-1", "file": stage.folder / "quiet.wav"}
        with suppress(openai.RateLimitError):
            create(**request)
        raised = refused(openai.RateLimitError, create, **request)
    assert (raised.type, raised.code) == ("requests", "rate_limit_exceeded")
    assert 1 <= int(raised.response.headers["retry-after"]) <= 60
    assert raised.response.headers["x-ratelimit-limit-requests"] == "1"
    assert raised.response.headers["x-ratelimit-remaining-requests"] == "0"


@scenario
def a_server_that_is_too_slow(stage: Stage) -> None:
    with stage.client(timeout=0.5) as client:
        refused(openai.APITimeoutError, client.audio.speech.create, **asked(voice="late"))


@scenario
def events_that_end_in_an_error(stage: Stage) -> None:
    request = asked(voice="faulty-after", response_format="pcm", stream_format="sse")
    with (
        stage.client() as client,
        client.audio.speech.with_streaming_response.create(**request) as response,
    ):
        first, *_, last = events_of(response.iter_lines())
    assert first["type"] == "speech.audio.delta"
    assert set(last["error"]) == {"message", "type", "param", "code"}
    assert last["error"]["type"] == "server_error"
