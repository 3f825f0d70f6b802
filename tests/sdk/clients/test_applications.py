"""Applications that people really use with such a server: their requests, and what they read."""

from __future__ import annotations

import dataclasses
import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.audio import hear
from tests.sdk.clients.applications import SPEECH, TRANSCRIPTS, Request
from tests.sdk.clients.conftest import WORDS, Stage
from tests.sdk.clients.scenario import QUIET_SECONDS, assert_heard

pytestmark = pytest.mark.thorough

CHUNK_BYTES = 65_536


def replay(stage: Stage, request: Request, *, audio: Path) -> httpx.Response:
    body = request.bytes_of(audio)
    with httpx.Client(base_url=stage.server.api, timeout=120) as client:
        # Only what the application sends: none of the headers that this library would add.
        client.headers.clear()
        headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {stage.account.key}"}
        content = pieces(body) if request.chunked else body
        return client.post(request.path, content=content, headers=headers | request.headers)


def pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


@pytest.fixture(scope="module")
def read(stage: Stage) -> Iterator[httpx.Client]:
    """A client without a key, as Open WebUI is before an administrator has given it one."""
    with httpx.Client(base_url=stage.server.api, timeout=30) as client:
        yield client


# --- speech -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SPEECH)
def test_speech(stage: Stage, name: str) -> None:
    answer = replay(stage, SPEECH[name], audio=stage.folder / "quiet.wav")
    assert answer.status_code == 200, answer.text
    is_pcm = answer.headers["content-type"].startswith("audio/pcm")
    sound = hear(answer.content, raw_pcm=is_pcm)
    assert sound.seconds > 0.7
    assert sound.loudness > 0.01
    if answer.content.startswith(b"RIFF"):
        with wave.open(io.BytesIO(answer.content)) as file:
            frames = file.readframes(file.getnframes())
        assert len(frames) == len(answer.content) - 44


# --- transcripts --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript(stage: Stage, name: str) -> None:
    answer = replay(stage, TRANSCRIPTS[name], audio=stage.folder / "quiet.wav")
    assert answer.status_code == 200, answer.text
    heard: dict[str, Any] = answer.json()
    assert heard["text"] == ""
    assert heard.get("duration", QUIET_SECONDS) == QUIET_SECONDS


def test_home_assistant_hears_words(stage: Stage) -> None:
    answer = replay(stage, TRANSCRIPTS["home assistant"], audio=stage.folder / "speech.wav")
    assert_heard(answer.json()["text"], WORDS)


@pytest.mark.parametrize("language", ["no", "zh", "fil"])
def test_languages_that_home_assistant_offers(stage: Stage, language: str) -> None:
    """`fil-PH` and the like, of which it sends what is before the dash."""
    asked = TRANSCRIPTS["home assistant"]
    field = b'name="language"\r\n\r\n'
    body = asked.body.replace(field + b"en", field + language.encode())
    assert body != asked.body
    changed = dataclasses.replace(asked, body=body)
    answer = replay(stage, changed, audio=stage.folder / "quiet.wav")
    assert answer.status_code == 200, answer.text


# --- what they look up --------------------------------------------------------------------------
def test_open_webui_lists_voices_that_can_be_asked_for(stage: Stage, read: httpx.Client) -> None:
    voices = read.get("/audio/voices").raise_for_status().json()["voices"]
    assert {"alloy", "nova", "joe"} <= {voice["id"] for voice in voices}
    assert all(voice["id"] and voice["name"] for voice in voices)
    with stage.account.http() as client:
        assert client.get("/audio/voices").json()["voices"] == voices


def test_open_webui_lists_models(read: httpx.Client) -> None:
    models = read.get("/audio/models").raise_for_status().json()["models"]
    assert "tts-1" in {model["id"] for model in models}


def test_open_webui_shows_the_reason_of_a_refusal(stage: Stage) -> None:
    """`External: ` and `res["error"]["message"]`, which have to be there for it."""
    asked = SPEECH["open webui"]
    unknown = dataclasses.replace(asked, body=asked.body.replace(b"alloy", b"no-such-voice"))
    answer = replay(stage, unknown, audio=stage.folder / "quiet.wav")
    assert answer.status_code == 400
    assert "no-such-voice" in answer.json()["error"]["message"]


def test_a_web_page_may_read_the_answer(stage: Stage) -> None:
    answer = replay(stage, SPEECH["a web page"], audio=stage.folder / "quiet.wav")
    assert answer.headers["access-control-allow-origin"] in {"*", "https://app.example.com"}
