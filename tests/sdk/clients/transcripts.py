"""`client.audio.transcriptions`, `translations` and `models`."""

from __future__ import annotations

import io
import warnings
from typing import Any

from tests.sdk.clients.scenario import (
    QUIET_SECONDS,
    SCENARIOS,
    Stage,
    assert_heard,
    scenario,
)


# --- uploads: the length that was heard tells whether every byte arrived ------------------------
def uploads(name: str, open_file: Any) -> None:
    """List a scenario for one way to give the client a file."""

    def act(stage: Stage) -> None:
        with stage.client() as client:
            answer = client.audio.transcriptions.create(
                model="whisper-1",
                file=open_file(stage.folder / "quiet.wav"),
                response_format="verbose_json",
            )
        assert float(answer.duration) == QUIET_SECONDS, answer
        assert answer.text == ""

    SCENARIOS[f"upload_of_{name}"] = act


uploads("an_open_file", lambda path: path.open("rb"))
uploads("a_path", lambda path: path)
uploads("bytes", lambda path: path.read_bytes())
uploads("a_nameless_stream", lambda path: io.BytesIO(path.read_bytes()))
uploads("a_name_and_bytes", lambda path: ("a.mp3", path.read_bytes()))
uploads("a_name_a_stream_and_a_type", lambda path: ("a", path.open("rb"), "video/mp4"))
uploads("a_name_that_is_not_ascii", lambda path: ('näme "q" 音声.wav', path.read_bytes()))


# --- forms --------------------------------------------------------------------------------------
def transcribe(client: Any, stage: Stage, **request: Any) -> Any:
    with (stage.folder / "speech.wav").open("rb") as file:
        return client.audio.transcriptions.create(model="whisper-1", file=file, **request)


@scenario
def a_transcript_as_an_object(stage: Stage) -> None:
    with stage.client() as client:
        raw = client.audio.transcriptions.with_raw_response.create(
            model="whisper-1", file=stage.folder / "speech.wav"
        )
    answer = raw.parse()
    assert_heard(answer.text, stage.words)
    assert raw.headers["content-type"] == "application/json"
    assert raw.headers["x-request-id"] == answer._request_id
    assert int(raw.headers["openai-processing-ms"]) > 0
    assert int(raw.headers["x-ratelimit-remaining-requests"]) > 0
    assert float(raw.headers["x-audiopod-cost-usd"]) > 0
    assert float(raw.headers["x-audiopod-balance-usd"]) > 0
    usage = answer.usage if isinstance(answer.usage, dict) else answer.usage.to_dict()
    assert usage["type"] == "duration"
    assert usage["seconds"] >= 1


@scenario
def a_transcript_as_srt(stage: Stage) -> None:
    with stage.client() as client:
        text = transcribe(client, stage, response_format="srt")
    first, times, *_ = text.splitlines()
    assert first == "1"
    assert times.startswith("00:00:00,")
    assert " --> 00:00:0" in times
    assert_heard(text, stage.words)


@scenario
def silence_as_text_and_as_vtt(stage: Stage) -> None:
    with stage.client() as client:
        for response_format, expected in (("text", "\n"), ("srt", ""), ("vtt", "WEBVTT\n\n")):
            text = client.audio.transcriptions.create(
                model="whisper-1",
                file=stage.folder / "quiet.wav",
                response_format=response_format,
            )
            assert text == expected, (response_format, text)


@scenario
def a_transcript_with_segments_and_words(stage: Stage) -> None:
    with stage.client() as client:
        answer = transcribe(
            client,
            stage,
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
            language="en",
            prompt="A story.",
            temperature=0,
        )
    assert answer.language == "english"
    assert_heard(" ".join(word.word for word in answer.words), stage.words)
    assert_heard("".join(segment.text for segment in answer.segments), stage.words)
    assert answer.words[0].start <= answer.words[0].end <= answer.words[-1].end
    missing = [name for name, value in answer.segments[0].to_dict().items() if value is None]
    assert len(answer.segments[0].to_dict()) >= 10
    assert not missing


@scenario
def granularities_are_segments_by_default(stage: Stage) -> None:
    with stage.client() as client:
        answer = client.audio.transcriptions.create(
            model="whisper-1", file=stage.folder / "quiet.wav", response_format="verbose_json"
        )
    assert answer.segments == []
    assert answer.words is None


def assert_streamed(events: list[Any], words: str) -> None:
    *deltas, done = events
    assert {event.type for event in deltas} == {"transcript.text.delta"}
    assert done.type == "transcript.text.done"
    assert "".join(event.delta for event in deltas) == done.text
    assert_heard(done.text, words)


@scenario
def a_streamed_transcript(stage: Stage) -> None:
    with stage.client() as client, transcribe(client, stage, stream=True) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert_streamed(list(stream), stage.words)


@scenario
async def a_streamed_transcript_without_waiting(stage: Stage) -> None:
    async with stage.async_client() as client:
        stream = await client.audio.transcriptions.create(
            model="gpt-4o-mini-transcribe", file=stage.folder / "quiet.wav", stream=True
        )
        *_, done = [event async for event in stream]
    assert done.type == "transcript.text.done"
    assert done.text == ""


@scenario
def a_streamed_transcript_of_silence(stage: Stage) -> None:
    with stage.client() as client:
        quiet = stage.folder / "quiet.wav"
        stream = client.audio.transcriptions.create(model="whisper-1", file=quiet, stream=True)
        *deltas, done = list(stream)
    assert done.type == "transcript.text.done"
    assert "".join(event.delta for event in deltas) == done.text == ""


@scenario
async def an_upload_without_waiting(stage: Stage) -> None:
    async with stage.async_client() as client:
        answer = await client.audio.transcriptions.create(
            model="whisper-1",
            file=("a.wav", (stage.folder / "quiet.wav").read_bytes()),
            response_format="verbose_json",
        )
    assert float(answer.duration) == QUIET_SECONDS


# --- translations and models --------------------------------------------------------------------
def translate(stage: Stage, name: str, **request: Any) -> Any:
    with stage.client() as client, warnings.catch_warnings():
        # OpenAI closes its own endpoint in 2027, and 3.x says so.
        warnings.simplefilter("ignore", DeprecationWarning)
        with (stage.folder / name).open("rb") as file:
            return client.audio.translations.create(model="whisper-1", file=file, **request)


@scenario
def a_translation(stage: Stage) -> None:
    answer = translate(stage, "habla.wav", response_format="verbose_json", temperature=0)
    assert answer.language == "english"
    assert "dog" in answer.text.lower()


@scenario
def a_translation_of_silence(stage: Stage) -> None:
    assert translate(stage, "quiet.wav", response_format="text", prompt="A dog.") == "\n"
    assert translate(stage, "quiet.wav").text == ""


@scenario
def models_are_listed_and_looked_up(stage: Stage) -> None:
    with stage.client() as client:
        listed = list(client.models.list())
        assert {"tts-1", "whisper-1"} <= {model.id for model in listed}
        assert client.models.retrieve("whisper-1").id == "whisper-1"
        assert all(model.object == "model" and model.created for model in listed)


@scenario
async def models_without_waiting(stage: Stage) -> None:
    async with stage.async_client() as client:
        assert [model async for model in client.models.list()]
