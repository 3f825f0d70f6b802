"""`client.audio.transcriptions` with OpenAI's own client, and bodies as other clients send them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jiwer
import pytest
import srt
import webvtt
from openai import OpenAI

from tests.harness.account import Account
from tests.harness.audio import ffmpeg_convert
from tests.sdk.conftest import Recording

MAX_WORD_ERROR_RATE = 0.15


def word_error_rate(said: str, heard: str) -> float:
    return float(jiwer.wer(plain(said), plain(heard)))


def plain(text: str) -> str:
    """Lower-case words only: neither case nor punctuation can be heard."""
    return " ".join(re.findall(r"[\w']+", text.lower()))


def transcribe(client: OpenAI, recording: Recording, **request: Any) -> Any:
    return client.audio.transcriptions.create(
        model="whisper-1", file=("speech.wav", recording.wav), **request
    )


def test_speech_becomes_its_words_again(sdk: OpenAI, english: Recording) -> None:
    answer = transcribe(sdk, english)

    assert word_error_rate(english.words, answer.text) <= MAX_WORD_ERROR_RATE
    assert answer.usage.type == "duration"
    assert answer.usage.seconds == -(-english.ms // 1000)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "convert"),
    [
        ("a.mp3", ["-f", "mp3"]),
        ("a.ogg", ["-c:a", "libopus", "-f", "ogg"]),
        ("a.webm", ["-c:a", "libopus", "-f", "webm"]),
        ("a.flac", ["-f", "flac"]),
        ("a.m4a", ["-c:a", "aac", "-f", "ipod", "-movflags", "frag_keyframe+empty_moov"]),
        # What the client sends for bytes without a name.
        ("upload", ["-f", "mp3"]),
    ],
)
def test_uploads_of_every_usual_kind(
    sdk: OpenAI, english: Recording, name: str, convert: list[str]
) -> None:
    audio = ffmpeg_convert(english.wav, *convert)
    answer = sdk.audio.transcriptions.create(
        model="whisper-1", file=(name, audio), language="en", response_format="verbose_json"
    )
    assert word_error_rate(english.words, answer.text) <= MAX_WORD_ERROR_RATE
    assert float(answer.duration) == pytest.approx(english.ms / 1000, abs=0.15)


def test_words_and_segments_are_in_order_and_inside_the_audio(
    sdk: OpenAI, english: Recording
) -> None:
    answer = transcribe(
        sdk, english, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )

    assert answer.language == "english"
    assert answer.task == "transcribe"
    assert float(answer.duration) == pytest.approx(english.ms / 1000, abs=0.05)
    for parts in (answer.words, answer.segments):
        moments = [moment for part in parts for moment in (part.start, part.end)]
        assert moments == sorted(moments)
        assert moments[0] >= 0
        assert moments[-1] <= float(answer.duration) + 0.05
    assert [segment.id for segment in answer.segments] == list(range(len(answer.segments)))
    words = " ".join(word.word for word in answer.words)
    assert word_error_rate(english.words, words) <= MAX_WORD_ERROR_RATE
    assert all(word.word == word.word.strip() for word in answer.words)


@pytest.mark.parametrize(
    ("asked", "present"),
    [(None, {"segments"}), (["segment"], {"segments"}), (["word"], {"words"})],
)
def test_only_the_timestamps_asked_for_are_sent(
    sdk: OpenAI, english: Recording, asked: list[str] | None, present: set[str]
) -> None:
    granularities = {"timestamp_granularities": asked} if asked else {}
    answer = transcribe(sdk, english, response_format="verbose_json", **granularities)
    assert {"segments", "words"} & set(answer.model_dump(exclude_none=True)) == present


def test_subtitles_parse(sdk: OpenAI, english: Recording) -> None:
    subtitles = list(srt.parse(transcribe(sdk, english, response_format="srt")))
    captions = list(webvtt.from_string(transcribe(sdk, english, response_format="vtt")))

    assert [entry.index for entry in subtitles] == list(range(1, len(subtitles) + 1))
    assert subtitles[-1].end <= timedelta(milliseconds=english.ms + 50)
    said = " ".join(entry.content for entry in subtitles)
    assert word_error_rate(english.words, said) <= MAX_WORD_ERROR_RATE
    assert [caption.text for caption in captions] == [entry.content for entry in subtitles]
    assert captions[0].start_in_seconds == int(subtitles[0].start.total_seconds())


def test_text_is_bare_and_ends_with_a_newline(sdk: OpenAI, english: Recording) -> None:
    text = transcribe(sdk, english, response_format="text")
    assert text.endswith("\n")
    assert word_error_rate(english.words, text) <= MAX_WORD_ERROR_RATE


def test_every_option_at_once(sdk: OpenAI, english: Recording) -> None:
    answer = transcribe(
        sdk, english, language="en", prompt="A story about a captain.", temperature=0.2
    )
    assert word_error_rate(english.words, answer.text) <= MAX_WORD_ERROR_RATE


def test_a_body_without_a_length_is_not_lost(account: Account, english: Recording) -> None:
    """openai-node streams `fs.createReadStream` as a chunked multipart body."""
    boundary = "openai-4f1c"

    def body() -> Iterator[bytes]:
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n'.encode()
        yield f"whisper-1\r\n--{boundary}\r\n".encode()
        yield b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n'
        yield b"Content-Type: application/octet-stream\r\n\r\n"
        for start in range(0, len(english.wav), 10_000):
            yield english.wav[start : start + 10_000]
        yield f"\r\n--{boundary}--\r\n".encode()

    with account.http() as client:
        answer = client.post(
            "/audio/transcriptions",
            content=body(),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )

    assert "content-length" not in answer.request.headers
    assert answer.status_code == 200, answer.text
    assert word_error_rate(english.words, answer.json()["text"]) <= MAX_WORD_ERROR_RATE


def test_timestamp_granularities_in_other_spellings(account: Account, english: Recording) -> None:
    """curl users repeat the bare name; Python's clients write brackets."""
    with account.http() as client:
        answer = client.post(
            "/audio/transcriptions",
            data={
                "model": "whisper-1",
                "response_format": "verbose_json",
                "timestamp_granularities": ["word", "segment"],
            },
            files={"file": english.wav},
        )
    assert answer.status_code == 200, answer.text
    assert {"words", "segments"} <= set(answer.json())
