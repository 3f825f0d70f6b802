"""`client.audio.speech`: every format, every way to take the bytes."""

from __future__ import annotations

import base64
import io
import warnings
import wave
from array import array
from typing import Any

from tests.sdk.clients.scenario import SCENARIOS, Stage, events_of, scenario

WORDS = "The quick brown fox jumps over the lazy dog."
BEGINNINGS = {
    "mp3": (b"ID3", b"\xff\xf3", b"\xff\xfb", b"\xff\xf2"),
    "opus": (b"OggS",),
    "aac": (b"\xff\xf1", b"\xff\xf9"),
    "flac": (b"fLaC",),
    "wav": (b"RIFF",),
    "pcm": (b"",),
}
RATE = 24_000
"""Hz, of 16-bit mono samples: what OpenAI's `LocalAudioPlayer` plays without looking."""


def asked(**changes: Any) -> dict[str, Any]:
    return {"model": "tts-1", "voice": "joe", "input": WORDS} | changes


def seconds_of_pcm(data: bytes) -> float:
    """As `LocalAudioPlayer` reads it. Raises ValueError for half a sample."""
    return len(array("h", data)) / RATE


def speaks_in(response_format: str) -> None:
    """List a scenario for one format."""

    def act(stage: Stage) -> None:
        with stage.client() as client:
            speech = client.audio.speech.create(**asked(response_format=response_format))
        assert speech.content.startswith(BEGINNINGS[response_format]), speech.content[:16]
        assert speech.response.headers["content-type"].startswith("audio/")
        assert len(speech.content) > 5000

    SCENARIOS[f"speech_in_{response_format}"] = act


for name in BEGINNINGS:
    speaks_in(name)


@scenario
def speech_is_mp3_by_default(stage: Stage) -> None:
    with stage.client() as client:
        speech = client.audio.speech.create(**asked())
    assert speech.response.headers["content-type"] == "audio/mpeg"
    assert speech.content.startswith(BEGINNINGS["mp3"])


@scenario
def the_local_player_gets_whole_samples(stage: Stage) -> None:
    with stage.client() as client:
        speech = client.audio.speech.create(**asked(response_format="pcm"))
    assert 1.5 < seconds_of_pcm(speech.content) < 6


@scenario
def the_wave_module_reads_the_streamed_wav(stage: Stage) -> None:
    with stage.client() as client:
        streaming = client.audio.speech.with_streaming_response
        with streaming.create(**asked(response_format="wav")) as response:
            data = b"".join(response.iter_bytes())
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        frames = file.readframes(file.getnframes())
    assert 1.5 < seconds_of_pcm(frames) < 6


@scenario
def speech_is_written_to_a_file(stage: Stage) -> None:
    written, streamed = stage.folder / "written.mp3", stage.folder / "streamed.mp3"
    with stage.client() as client, warnings.catch_warnings():
        # `stream_to_file` is deprecated in every version, and is in everybody's first example.
        warnings.simplefilter("ignore", DeprecationWarning)
        speech = client.audio.speech.create(**asked())
        speech.write_to_file(written)
        speech.stream_to_file(streamed)
    assert written.read_bytes() == streamed.read_bytes() == speech.content


@scenario
def a_stream_in_pieces_of_1024_bytes(stage: Stage) -> None:
    with (
        stage.client() as client,
        client.audio.speech.with_streaming_response.create(**asked()) as response,
    ):
        assert response.headers["content-type"] == "audio/mpeg"
        assert response.request_id
        sizes = [len(piece) for piece in response.iter_bytes(1024)]
    assert len(sizes) > 3
    assert set(sizes[:-1]) == {1024}


@scenario
def a_stream_into_a_file(stage: Stage) -> None:
    saved = stage.folder / "saved.flac"
    with stage.client() as client:
        streaming = client.audio.speech.with_streaming_response
        with streaming.create(**asked(response_format="flac")) as response:
            response.stream_to_file(saved)
    assert saved.read_bytes().startswith(b"fLaC")


@scenario
def a_stream_of_events(stage: Stage) -> None:
    request = asked(response_format="pcm", stream_format="sse", model="gpt-4o-mini-tts")
    with (
        stage.client() as client,
        client.audio.speech.with_streaming_response.create(**request) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        *deltas, done = events_of(response.iter_lines())
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert set(done["usage"]) == {"input_tokens", "output_tokens", "total_tokens"}
    usage = done["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    audio = b"".join(base64.b64decode(event["audio"], validate=True) for event in deltas)
    assert 1.5 < seconds_of_pcm(audio) < 6


@scenario
def the_headers_of_a_raw_response(stage: Stage) -> None:
    with stage.client() as client:
        raw = client.audio.speech.with_raw_response.create(**asked())
        speech = raw.parse()
    assert raw.headers["x-request-id"]
    assert int(raw.headers["openai-processing-ms"]) >= 0
    assert raw.headers["content-type"] == "audio/mpeg"
    assert speech.content.startswith(BEGINNINGS["mp3"])


@scenario
def every_argument_at_once(stage: Stage) -> None:
    request = asked(
        voice={"id": "joe"},
        instructions="None",
        response_format="pcm",
        speed=1.25,
        stream_format="audio",
        extra_body={"not_a_field_of_theirs": {"is": "ignored"}},
    )
    with stage.client() as client:
        hurried = client.audio.speech.create(**request).content
        calm = client.audio.speech.create(**asked(response_format="pcm", speed=1)).content
    assert 0.6 < seconds_of_pcm(hurried) / seconds_of_pcm(calm) < 0.95


@scenario
async def speech_without_waiting(stage: Stage) -> None:
    async with stage.async_client() as client:
        speech = await client.audio.speech.create(**asked(response_format="pcm"))
    assert 1.5 < seconds_of_pcm(speech.content) < 6


@scenario
async def a_stream_without_waiting(stage: Stage) -> None:
    async with (
        stage.async_client() as client,
        client.audio.speech.with_streaming_response.create(
            **asked(response_format="pcm")
        ) as response,
    ):
        data = b"".join([piece async for piece in response.iter_bytes()])
    assert 1.5 < seconds_of_pcm(data) < 6
