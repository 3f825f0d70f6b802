"""`client.audio.transcriptions.create(stream=True)`: typed events, whoever reads them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.audio import TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent

from tests.harness.account import Account
from tests.harness.audio import silence
from tests.sdk.conftest import Charged, Recording, error_of
from tests.sdk.test_transcription import MAX_WORD_ERROR_RATE, word_error_rate

pytestmark = pytest.mark.thorough

TRANSCRIPTIONS = "/audio/transcriptions"


def upload(recording: Recording) -> tuple[str, bytes]:
    return ("speech.wav", recording.wav)


def see_to_it_that_these_are_right(events: list[Any], recording: Recording) -> None:
    *deltas, done = events
    assert deltas
    assert all(isinstance(event, TranscriptionTextDeltaEvent) for event in deltas)
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert "".join(event.delta for event in deltas) == done.text
    assert word_error_rate(recording.words, done.text) <= MAX_WORD_ERROR_RATE
    usage = done.usage
    assert usage is not None
    assert usage.type == "tokens"
    assert usage.input_token_details is not None
    assert usage.input_token_details.text_tokens == 0
    assert usage.input_token_details.audio_tokens == usage.input_tokens == -(-recording.ms // 100)
    assert usage.output_tokens >= len(recording.words.split())
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens


def test_typed_events(sdk: OpenAI, english: Recording, charged: Charged) -> None:
    stream = sdk.audio.transcriptions.create(
        model="gpt-4o-mini-transcribe", file=upload(english), stream=True
    )

    see_to_it_that_these_are_right(list(stream), english)
    paid, job = charged()
    assert (job["status"], job["audio_ms"]) == ("succeeded", english.ms)
    assert paid == job["cost_micros"] > 0
    assert job["first_byte_at"] < job["finished_at"]


def test_typed_events_without_waiting(account: Account, english: Recording) -> None:
    async def heard() -> list[Any]:
        async with AsyncOpenAI(api_key=account.key, base_url=account.api, max_retries=0) as client:
            stream = await client.audio.transcriptions.create(
                model="whisper-1", file=upload(english), stream=True
            )
            return [event async for event in stream]

    see_to_it_that_these_are_right(asyncio.run(heard()), english)


def test_logprobs_of_deltas_and_of_the_whole(sdk: OpenAI, english: Recording) -> None:
    stream = sdk.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=upload(english), stream=True, include=["logprobs"]
    )
    *deltas, done = stream

    for event in (*deltas, done):
        text = event.text if event.type == "transcript.text.done" else event.delta
        assert "".join(entry.token for entry in event.logprobs) == text
        assert all(entry.logprob <= 0 for entry in event.logprobs)
        assert all(bytes(entry.bytes).decode() == entry.token for entry in event.logprobs)
    assert [entry for event in deltas for entry in dumped(event)] == dumped(done)
    assert len(done.logprobs) >= len(english.words.split()) - 2


def dumped(event: Any) -> list[dict[str, Any]]:
    return [entry.model_dump() for entry in event.logprobs]


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt", "verbose_json"])
def test_a_stream_is_a_stream_whatever_the_format(
    client: httpx.Client, english: Recording, response_format: str
) -> None:
    """From anything else OpenAI's clients read no event at all, and say nothing about it."""
    fields = {"model": "whisper-1", "stream": "true", "response_format": response_format}
    answer = client.post(TRANSCRIPTIONS, data=fields, files={"file": english.wav})

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.split("\n\n")
    assert events.pop() == ""
    assert all(event.startswith('data: {"type":"transcript.text.') for event in events)
    assert '"transcript.text.done"' in events[-1]


def test_silence_is_a_stream_without_deltas(sdk: OpenAI, tmp_path: Path) -> None:
    (done,) = sdk.audio.transcriptions.create(
        model="whisper-1", file=silence(tmp_path / "quiet.wav", seconds=2), stream=True
    )
    assert done.type == "transcript.text.done"
    assert done.text == ""
    assert done.usage is not None
    assert done.usage.output_tokens == 0


@pytest.mark.usefixtures("nothing_is_charged")
def test_what_is_no_sound_is_refused_before_the_stream(client: httpx.Client) -> None:
    fields = {"model": "whisper-1", "stream": "true"}
    answer = client.post(TRANSCRIPTIONS, data=fields, files={"file": b"no sound at all" * 20})
    assert error_of(answer, 400)["type"] == "invalid_request_error"
