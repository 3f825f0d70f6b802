"""Calls and films over HTTP, by OpenAI's own client: who is heard, when, and what it costs."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from openai import OpenAI

from tests.audio.codecs.ffmpeg import make
from tests.sdk.conftest import Charged, Recording, error_of
from tests.sdk.test_transcription import MAX_WORD_ERROR_RATE, word_error_rate

pytestmark = pytest.mark.thorough
PRICE = 10_000
"""Micro-dollars per minute."""


def samples_of(recording: Recording) -> tuple[NDArray[np.int16], int]:
    with wave.open(io.BytesIO(recording.wav)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def call(left: Recording, right: Recording) -> bytes:
    """One speaks in the left channel, then the other in the right one."""
    (one, rate), (other, _) = samples_of(left), samples_of(right)
    channels = np.zeros((len(one) + len(other), 2), "<i2")
    channels[: len(one), 0], channels[len(one) :, 1] = one, other
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((2, 2, rate, 0, "NONE", ""))
        wav.writeframes(channels.tobytes())
    return file.getvalue()


def test_a_call_in_two_languages(
    sdk: OpenAI, english: Recording, spanish: Recording, charged: Charged
) -> None:
    answer = sdk.audio.transcriptions.create(
        model="whisper-1",
        file=("call.wav", call(english, spanish)),
        response_format="verbose_json",
        extra_body={"channels": "split"},
    )

    said = {1: "", 2: ""}
    for segment in answer.segments or []:
        said[segment.channel] += segment.text  # type: ignore[attr-defined]
    assert word_error_rate(english.words, said[1]) <= MAX_WORD_ERROR_RATE
    assert word_error_rate(spanish.words, said[2]) <= MAX_WORD_ERROR_RATE
    assert answer.text.startswith("Channel 1: ")
    assert "\nChannel 2: " in answer.text
    paid, job = charged()
    assert job["audio_ms"] == pytest.approx(2 * (english.ms + spanish.ms), abs=4)
    assert paid == -(-job["audio_ms"] * PRICE // 60_000)


def test_a_film_with_two_languages_whose_sound_begins_late(
    sdk: OpenAI,
    client: httpx.Client,
    english: Recording,
    spanish: Recording,
    charged: Charged,
    tmp_path: Path,
) -> None:
    for name, recording in (("en.wav", english), ("es.wav", spanish)):
        (tmp_path / name).write_bytes(recording.wav)
    inputs = ("-itsoffset", "3", "-i", str(tmp_path / "es.wav"), "-i", str(tmp_path / "en.wav"))
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=9", "-c:v", "mpeg4")
    flags = ("-disposition:a:0", "0", "-disposition:a:1", "default", "-c:a", "aac")
    maps = ("-map", "2:v", "-map", "0:a", "-map", "1:a")
    film = make(tmp_path / "film.mkv", *inputs, *picture[:4], *maps, *picture[4:], *flags)

    flagged = sdk.audio.transcriptions.create(model="whisper-1", file=film)
    first = sdk.audio.transcriptions.create(
        model="whisper-1", file=film, response_format="verbose_json", extra_body={"track": 1}
    )

    assert word_error_rate(english.words, flagged.text) <= MAX_WORD_ERROR_RATE
    assert word_error_rate(spanish.words, first.text) <= MAX_WORD_ERROR_RATE
    assert first.segments
    assert first.segments[0].start == pytest.approx(3.0, abs=0.6)
    _, job = charged()
    assert job["audio_ms"] == pytest.approx(spanish.ms, abs=150), "the delay is not paid for"
    assert first.duration == pytest.approx(3 + spanish.ms / 1000, abs=0.15)
    form = {"model": "whisper-1", "track": "3"}
    refusal = client.post("/audio/transcriptions", data=form, files={"file": film.open("rb")})
    assert error_of(refusal, 400)["param"] == "track"


def test_a_file_without_a_name(client: httpx.Client, english: Recording) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    head += b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    answer = client.post(
        "/audio/transcriptions",
        content=head + english.wav + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 200, answer.text
    assert word_error_rate(english.words, answer.json()["text"]) <= MAX_WORD_ERROR_RATE
