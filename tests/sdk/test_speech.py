"""`client.audio.speech` with OpenAI's own client."""

from __future__ import annotations

import wave
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from openai import OpenAI

from audiopod.common.money import cost_micros
from tests.harness.account import Account
from tests.harness.audio import SPEECH_RATE, hear
from tests.harness.server import Server
from tests.sdk.conftest import Charged

SENTENCE = "The quick brown fox jumps over the lazy dog."
LONG_TEXT = (
    "The lighthouse keeper counted the ships every evening before he lit the lamp."
    " Some carried grain, some carried salt, and one, painted blue, carried only letters."
)
FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]
CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
OPENAI_VOICES = {
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
}
PRICE = 40_000
"""Micro-dollars per minute of generated audio."""


def seconds_of(client: OpenAI, **request: Any) -> float:
    speech = client.audio.speech.create(
        model="tts-1", **({"input": SENTENCE, "response_format": "pcm"} | request)
    )
    return hear(speech.content, raw_pcm=True).seconds


@pytest.mark.parametrize(
    ("voice", "response_format"), [*(("joe", name) for name in FORMATS), ("nova", "mp3")]
)
def test_every_format_decodes_and_costs_its_length(
    sdk: OpenAI, charged: Charged, voice: str, response_format: str
) -> None:
    speech = sdk.audio.speech.create(
        model="tts-1", voice=voice, input=SENTENCE, response_format=response_format
    )
    paid, job = charged()
    charged_seconds = job["audio_ms"] / 1000
    sound = hear(speech.content, raw_pcm=response_format == "pcm")
    assert speech.response.headers["content-type"] == CONTENT_TYPES[response_format]
    assert sound.channels == "mono"
    # An Opus decoder works at 48 kHz whatever the rate of what was encoded.
    assert sound.rate == (48_000 if response_format == "opus" else SPEECH_RATE)
    assert sound.loudness > 0.01
    # mp3 and aac pad the sound to whole frames, before and after.
    padding = 0.15 if response_format in {"mp3", "aac"} else 0.01
    assert charged_seconds - 0.01 <= sound.seconds <= charged_seconds + padding
    assert 1.5 < charged_seconds < 5
    assert paid == job["cost_micros"] == cost_micros(job["audio_ms"], PRICE)


@pytest.mark.parametrize("response_format", ["pcm", "wav"])
def test_the_price_is_that_of_the_samples_received(
    sdk: OpenAI, spent: Callable[[], int], response_format: str
) -> None:
    speech = sdk.audio.speech.create(
        model="tts-1", voice="joe", input=SENTENCE, response_format=response_format
    )

    samples = len(hear(speech.content, raw_pcm=response_format == "pcm").samples)
    exact = samples * PRICE / (60 * SPEECH_RATE)
    # Within the millisecond to which the length is billed, and the rounding up of the price.
    assert abs(spent() - exact) <= PRICE / 60_000 + 1


def test_python_reads_the_wav(sdk: OpenAI) -> None:
    speech = sdk.audio.speech.create(
        model="tts-1", voice="joe", input=SENTENCE, response_format="wav"
    )

    with wave.open(BytesIO(speech.content)) as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        frames = file.readframes(file.getnframes())
    assert shape == (SPEECH_RATE, 1, 2)
    assert len(frames) == pytest.approx(len(speech.content), abs=100)


def test_mp3_is_the_default_format(sdk: OpenAI) -> None:
    speech = sdk.audio.speech.create(model="tts-1", voice="joe", input="Hello.")
    assert hear(speech.content).codec == "mp3"


@pytest.mark.thorough
@pytest.mark.parametrize("voice", ["joe", "nova"])
def test_speed_stretches_the_speech(sdk: OpenAI, voice: str) -> None:
    usual, slowest, fastest = (
        seconds_of(sdk, voice=voice, input="Good morning to you.", speed=speed)
        for speed in (1, 0.25, 4.0)
    )

    assert slowest / usual == pytest.approx(4, rel=0.3)
    assert usual / fastest == pytest.approx(4, rel=0.3)


def test_a_voice_goes_by_its_name_its_id_its_uuid_or_an_object(
    server: Server, account: Account, sdk: OpenAI
) -> None:
    listed = httpx.get(f"{server.api}/voice/voice-profiles", timeout=30).json()
    joe = next(voice for voice in listed if voice["name"] == "joe")
    spellings = ["joe", "JOE", joe["id"], str(joe["id"]), joe["uuid"], {"id": joe["uuid"]}]

    for spelling in spellings:
        assert seconds_of(sdk, voice=spelling, input="Yes.") > 0.2, spelling
        job = server.last_job(account)
        assert job is not None
        assert job["voice_name"] == "joe", spelling


def test_each_of_openais_names_has_a_voice_of_its_own(server: Server) -> None:
    listed = httpx.get(f"{server.api}/voice/voice-profiles", timeout=30).json()

    first_with = {
        name: [voice["name"] for voice in listed if name in voice["aliases"]]
        for name in OPENAI_VOICES
    }
    assert all(first_with.values()), first_with


def test_audio_arrives_while_it_is_being_made(
    server: Server, account: Account, sdk: OpenAI
) -> None:
    streaming = sdk.audio.speech.with_streaming_response
    with streaming.create(
        model="tts-1", voice="nova", input=LONG_TEXT, response_format="pcm"
    ) as response:
        pieces = response.iter_bytes()
        first = next(pieces)
        at_first_byte = server.last_job(account)
        rest = b"".join(pieces)

    assert at_first_byte is not None
    assert at_first_byte["status"] == "running"
    assert at_first_byte["finished_at"] is None
    sound = hear(first + rest, raw_pcm=True)
    assert sound.seconds > 6
    account.settled_balance()
    job = server.last_job(account)
    assert job is not None
    assert job["status"] == "succeeded"
    assert job["created_at"] <= job["started_at"] <= job["first_byte_at"] < job["finished_at"]


def test_a_stream_saves_to_a_file(sdk: OpenAI, tmp_path: Any) -> None:
    streaming = sdk.audio.speech.with_streaming_response
    with streaming.create(model="tts-1", voice="joe", input=SENTENCE) as response:
        response.stream_to_file(tmp_path / "speech.mp3")
    assert hear((tmp_path / "speech.mp3").read_bytes()).seconds > 1.5


def test_the_longest_input_and_odd_symbols_are_spoken(sdk: OpenAI) -> None:
    odd = "Hi \N{GRINNING FACE}! **Bold** words, `code` and https://example.com — \N{SNOWMAN}"
    assert seconds_of(sdk, voice="joe", input=odd) > 1
    longest = "Go on. ".ljust(4090) + "Go on."
    assert len(longest) == 4096
    assert seconds_of(sdk, voice="joe", input=longest) > 0.5
