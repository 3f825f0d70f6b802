"""curl, in every shape that documentation and scripts use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.audio import hear, silence
from tests.sdk.clients.conftest import WORDS, Stage
from tests.sdk.clients.curl import Answer, curl
from tests.sdk.clients.scenario import QUIET_SECONDS, assert_heard

JSON = ("-H", "Content-Type: application/json")
SPEECH = {"model": "tts-1", "voice": "joe", "input": "Hello from the command line."}
LONG_SECONDS = 60
"""Of a recording over 1 MB, for which curl waits for "100 Continue"."""

Call = Callable[..., Answer]


@pytest.fixture
def call(stage: Stage) -> Call:
    """curl with the key and a path of the API."""

    def call(path: str, *args: str, **options: Any) -> Answer:
        key = ("-H", f"Authorization: Bearer {stage.account.key}")
        return curl(f"{stage.server.api}{path}", *key, *args, **options)

    return call


@pytest.fixture
def quiet(stage: Stage) -> Path:
    return stage.folder / "quiet.wav"


def form(file: str, **fields: str) -> list[str]:
    """curl's arguments for a form with a file."""
    given = {"model": "whisper-1"} | fields
    pairs = [f"file={file}", *(f"{name}={value}" for name, value in given.items())]
    return [arg for pair in pairs for arg in ("-F", pair)]


# --- speech -------------------------------------------------------------------------------------
@pytest.mark.parametrize("response_format", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_speech(call: Call, response_format: str) -> None:
    body = json.dumps(SPEECH | {"response_format": response_format})
    answer = call("/audio/speech", *JSON, "-d", body)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("audio/")
    assert hear(answer.body, raw_pcm=response_format == "pcm").seconds > 0.8


def test_speech_from_a_file_of_json_with_line_ends(call: Call, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps(SPEECH, indent=2).replace("\n", "\r\n"))
    answer = call("/audio/speech", *JSON, "--data-binary", f"@{request}")
    assert hear(answer.body).seconds > 0.8


def test_speech_sent_in_chunks(call: Call) -> None:
    chunked = ("-H", "Transfer-Encoding: chunked")
    answer = call("/audio/speech", *JSON, *chunked, "-d", json.dumps(SPEECH))
    assert "content-length" not in answer.sent.partition("\n< ")[0].lower()
    assert hear(answer.body).seconds > 0.8


def test_speech_as_events(call: Call) -> None:
    body = json.dumps(SPEECH | {"stream_format": "sse"})
    answer = call("/audio/speech", *JSON, "-N", "-d", body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.startswith(b'data: {"type":')
    assert answer.body.endswith(b"\n\n")


# --- transcripts --------------------------------------------------------------------------------
def test_a_transcript(call: Call, stage: Stage) -> None:
    answer = call("/audio/transcriptions", *form(f"@{stage.folder}/speech.wav"))
    assert answer.headers["content-type"] == "application/json"
    assert_heard(answer.json["text"], WORDS)


@pytest.mark.parametrize(
    ("response_format", "content_type", "body"),
    [
        ("json", "application/json", None),
        ("verbose_json", "application/json", None),
        ("text", "text/plain", b"\n"),
        ("srt", "text/plain", None),
        ("vtt", "text/vtt", None),
    ],
)
def test_every_form_of_silence(
    call: Call, quiet: Path, response_format: str, content_type: str, body: bytes | None
) -> None:
    request = form(f"@{quiet}", response_format=response_format)
    answer = call("/audio/transcriptions", *request)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] in {content_type, "text/plain"}
    assert body in {None, answer.body}


def heard_all(answer: Answer, seconds: float = QUIET_SECONDS) -> None:
    assert answer.status == 200, answer.body
    assert answer.json["duration"] == seconds
    assert answer.json["text"] == ""


VERBOSE = {"response_format": "verbose_json"}


@pytest.mark.parametrize(
    "detail",
    ["", ";type=audio/mpeg", ";filename=a.m4a", ';filename="näme, q.wav"', ";type=text/html"],
)
def test_a_file_by_any_name(call: Call, quiet: Path, detail: str) -> None:
    heard_all(call("/audio/transcriptions", *form(f"@{quiet}{detail}", **VERBOSE)))


@pytest.mark.parametrize("detail", ["", ";filename=a.wav"])
def test_an_upload_from_a_pipe(call: Call, quiet: Path, detail: str) -> None:
    """Its part has no Content-Type when curl can't guess one."""
    piped = form(f"@-{detail}", **VERBOSE)
    heard_all(call("/audio/transcriptions", *piped, stdin=quiet.read_bytes()))


def test_an_upload_in_chunks(call: Call, quiet: Path) -> None:
    chunked = ("-H", "Transfer-Encoding: chunked")
    heard_all(call("/audio/transcriptions", *chunked, *form(f"@{quiet}", **VERBOSE)))


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_that_waits_to_be_asked_for(call: Call, tmp_path: Path, chunked: bool) -> None:
    long = silence(tmp_path / "long.wav", seconds=LONG_SECONDS)
    headers = ["-H", "Expect: 100-continue"]
    headers += ["-H", "Transfer-Encoding: chunked"] if chunked else []
    answer = call("/audio/transcriptions", *headers, *form(f"@{long}", **VERBOSE))
    assert "Expect: 100-continue" in answer.sent
    assert "< HTTP/1.1 100" in answer.sent
    heard_all(answer, LONG_SECONDS)


@pytest.mark.parametrize(
    "fields",
    [
        ["timestamp_granularities[]=word"],
        ["timestamp_granularities=word"],
        ['timestamp_granularities=["word"]'],
        ['timestamp_granularities[]=["word"]'],
    ],
)
def test_every_spelling_of_a_list(call: Call, quiet: Path, fields: list[str]) -> None:
    extra = [arg for field in fields for arg in ("-F", field)]
    answer = call("/audio/transcriptions", *form(f"@{quiet}", **VERBOSE), *extra)
    assert answer.json["words"] == []
    assert "segments" not in answer.json


def test_a_streamed_transcript(call: Call, quiet: Path) -> None:
    answer = call("/audio/transcriptions", "-N", *form(f"@{quiet}", stream="true"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    last = answer.body.decode().strip().split("\n\n")[-1]
    done = json.loads(last.removeprefix("data: "))
    assert done["type"] == "transcript.text.done"
    assert done["text"] == ""


def test_a_translation(call: Call, stage: Stage) -> None:
    answer = call("/audio/translations", *form(f"@{stage.folder}/habla.wav"))
    assert "dog" in answer.json["text"].lower()


def test_both_ways_to_send_the_key(stage: Stage) -> None:
    for header in (f"X-API-Key: {stage.account.key}", f"authorization: bearer {stage.account.key}"):
        assert curl(f"{stage.server.api}/models", "-H", header).status == 200


# --- refusals -----------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/audio/speech", "/audio/transcriptions", "/audio/translations"])
def test_without_a_key(stage: Stage, path: str) -> None:
    answer = curl(f"{stage.server.api}{path}", *JSON, "-d", "{}")
    assert answer.status == 401
    assert answer.error["code"] is None
    assert answer.error["message"].startswith("You didn't provide an API key.")


def test_with_a_wrong_key(stage: Stage) -> None:
    wrong = ("-H", "Authorization: Bearer sk-proj-wrong1234")
    answer = curl(f"{stage.server.api}/audio/speech", *wrong, *JSON, "-d", json.dumps(SPEECH))
    assert answer.status == 401
    assert answer.error["code"] == "invalid_api_key"
    assert answer.error["message"].startswith("Incorrect API key provided: ")
    assert "sk-proj-wrong1234" not in answer.body.decode()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/audio/speech", 405),
        ("DELETE", "/audio/transcriptions", 405),
        ("POST", "/models", 405),
        ("POST", "/audio/speech/", 404),
        ("POST", "/audio/sing", 404),
        ("GET", "/engines", 404),
    ],
)
def test_wrong_addresses(call: Call, method: str, path: str, status: int) -> None:
    answer = call(path, "-X", method)
    assert answer.status == status
    assert answer.error["type"] == "invalid_request_error"
    if status == 405:
        assert answer.headers["allow"]
    else:
        assert answer.error["message"] == f"Invalid URL ({method} /api/v1{path})"


def test_head_of_a_list(call: Call) -> None:
    answer = call("/models", "--head")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


def test_head_where_only_post_is_served(call: Call) -> None:
    answer = call("/audio/speech", "--head")
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


def test_options_of_an_endpoint(stage: Stage) -> None:
    """As a browser asks before a page of another origin calls: without a key."""
    preflight = ("-H", "Origin: https://app.example.com", "-H")
    wanted = ("Access-Control-Request-Method: POST", "-H")
    headers = ("Access-Control-Request-Headers: authorization,content-type",)
    url = f"{stage.server.api}/audio/speech"
    answer = curl(url, "-X", "OPTIONS", *preflight, *wanted, *headers)
    assert answer.status in {200, 204}
    assert answer.headers["access-control-allow-origin"] in {"*", "https://app.example.com"}
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_a_form_where_json_is_wanted(call: Call) -> None:
    """What `-d` sends when nobody says that it is JSON."""
    answer = call("/audio/speech", "-d", json.dumps(SPEECH))
    assert answer.status in {400, 415}
    assert answer.error["type"] == "invalid_request_error"


def test_json_where_a_form_is_wanted(call: Call) -> None:
    answer = call("/audio/transcriptions", *JSON, "-d", '{"model": "whisper-1"}')
    assert answer.status == 400
    assert answer.error["message"]


@pytest.mark.parametrize("waits", [True, False])
def test_an_upload_that_is_too_large(call: Call, tmp_path: Path, waits: bool) -> None:
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(26 * 1024 * 1024)
    expect = ("-H", "Expect: 100-continue" if waits else "Expect:")
    answer = call("/audio/transcriptions", *expect, *form(f"@{large}"))
    assert answer.status == 413
    assert "26214400" in answer.error["message"]
    assert answer.error["type"] == "server_error"
