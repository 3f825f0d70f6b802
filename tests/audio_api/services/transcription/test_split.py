"""Calls with a speaker in each channel: who says what, at what price. And recordings with gaps."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audio.codecs.verdict import PCM_RATE, Sound
from audio.engines import registry
from audio.engines.base import Recording, Segment, Transcription, Word
from audio_api import channel
from audio_api.channel import Delta, Result
from audio_api.channel.memory import MemoryReader
from audio_api.jobs import attempts, start
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.price import prepare_transcription
from audiopod.common.money import cost_micros
from tests.audio_api.halves import CREDIT, events, has_arrived, hears, spent
from tests.calling import calling_as, error_of
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch
PRICE = 10_000
"""Micro-dollars per minute."""
SECONDS = 6
SAID = {
    1_000: [("Thanks for calling.", 0.0, 1.5), ("How can I help?", 1.5, 2.5), ("I see.", 4.5, 5.0)],
    2_000: [("My order is late.", 2.6, 4.4), ("It is number five.", 4.8, 5.9)],
}
"""By what lies in the samples of a channel."""


class Ears:
    """Hears in each channel what is said in it."""

    name = "double"

    def transcribe(self, samples: Recording, **options: object) -> Transcription:
        assert samples.ndim == 1, "an engine is given one channel at a time"
        loudness = int(np.abs(samples).max())
        return Transcription({1_000: "en", 2_000: "es"}[loudness], self._heard(loudness))

    def _heard(self, loudness: int) -> Iterator[Segment]:
        for number, (text, begin, end) in enumerate(SAID[loudness]):
            words = [Word(text.split()[0], begin, begin + 0.1, 0.9)]
            yield Segment(
                number, 0, begin, end, f" {text}", [1], 0.0, -0.1, 1.0, 0.0, words=tuple(words)
            )


@pytest.fixture(autouse=True)
def _ears(monkeypatch: Patch) -> None:
    monkeypatch.setattr(registry, "get", lambda kind: Ears())


def call(user: User, folder: Path, *loudness: int, **asked: Any) -> tuple[Job, MemoryReader]:
    """A decoded call, a sine in each channel, of which all are heard that are there."""
    heard = tuple(number for number, each in enumerate(loudness) if each)
    row = np.where(np.arange(SECONDS * PCM_RATE) % 2, 1, -1)
    samples = np.stack([row * each for each in loudness], axis=1)
    audio = folder / "in.pcm"
    audio.write_bytes(samples.astype("<i2").tobytes())
    fields: dict[str, Any] = {
        "model": "whisper-1", "task": "transcribe", "response_format": "json", "language": None,
        "prompt": "", "temperature": None, "granularities": ("segment",), "seconds": SECONDS,
        "channels": "split", "sound": Sound(channels=len(loudness), heard=heard),
    }  # fmt: skip
    request = TranscriptionRequest(**{**fields, **asked})
    job = prepare_transcription(Caller(user, None, "req_1"), request, audio)
    reader = channel.open_reader(job.id)
    start.start(job)
    assert isinstance(reader, MemoryReader)
    return job, reader


def written_down(user: User, folder: Path, *loudness: int, **asked: Any) -> str:
    job, reader = call(user, folder, *loudness, **asked)
    attempts.run(job.id)
    result = events(reader)[-1]
    assert isinstance(result, Result), result
    return result.data.decode()


LABELLED = (
    "Channel 1: Thanks for calling. How can I help?\nChannel 2: My order is late.\n"
    "Channel 1: I see.\nChannel 2: It is number five."
)


def test_each_channel_is_written_down_and_all_come_in_the_order_of_time(
    user: User, tmp_path: Path
) -> None:
    told = json.loads(
        written_down(
            user, tmp_path, 1_000, 2_000,
            response_format="verbose_json", granularities=("segment", "word"),
        )
    )  # fmt: skip

    assert [(s["id"], s["channel"], s["speaker"], s["text"].strip()) for s in told["segments"]] == [
        (0, 1, "Channel 1", "Thanks for calling."),
        (1, 1, "Channel 1", "How can I help?"),
        (2, 2, "Channel 2", "My order is late."),
        (3, 1, "Channel 1", "I see."),
        (4, 2, "Channel 2", "It is number five."),
    ]
    assert [(w["word"], w["channel"]) for w in told["words"]][2:4] == [("My", 2), ("I", 1)]
    assert (told["text"], told["duration"], told["language"]) == (LABELLED, 6.0, "english")
    assert told["usage"] == {"type": "duration", "seconds": 12}


@pytest.mark.thorough
def test_texts_and_subtitles_name_who_speaks(user: User, tmp_path: Path) -> None:
    def form(name: str) -> str:
        return written_down(user, tmp_path, 1_000, 2_000, response_format=name)

    assert json.loads(form("json"))["text"] == LABELLED
    assert form("text") == LABELLED + "\n"
    assert "\nChannel 2: My order is late.\n" in form("srt")
    assert "\n<v Channel 2>My order is late.\n" in form("vtt")


@pytest.mark.thorough
def test_a_stream_says_it_turn_by_turn(user: User, tmp_path: Path) -> None:
    job, reader = call(user, tmp_path, 1_000, 2_000, stream=True)
    attempts.run(job.id)
    *deltas, done = [
        json.loads(event.data.decode().removeprefix("data: "))
        for event in events(reader)
        if isinstance(event, Delta | Result)
    ]
    assert "".join(delta["delta"] for delta in deltas) == done["text"] == LABELLED
    assert done["usage"]["input_token_details"]["audio_tokens"] == 120


def test_a_stream_that_is_left_is_paid_channel_by_channel(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setitem(SAID, 1_000, [("It was a long story.", 0.0, 5.0), ("Yes?", 5.5, 5.8)])
    monkeypatch.setitem(SAID, 2_000, [("I see.", 2.0, 2.5)])
    job, reader = call(user, tmp_path, 1_000, 2_000, stream=True)
    attempts.run(job.id)
    deltas = [event for event in events(reader) if isinstance(event, Delta)]
    assert [delta.audio_ms for delta in deltas] == [5_000, 5_000 + 2_500, 5_800 + 2_500]


@pytest.mark.parametrize(
    ("loudness", "heard"),
    [
        ((1_000, 2_000), 2),
        pytest.param((0, 2_000), 1, marks=pytest.mark.thorough),
    ],
)
def test_each_channel_that_is_heard_costs_its_length(
    user: User, tmp_path: Path, loudness: tuple[int, ...], heard: int
) -> None:
    job, reader = call(user, tmp_path, *loudness)
    assert wallet.balance(user).held_micros == cost_micros(heard * SECONDS * 1000, PRICE)

    attempts.run(job.id)
    has_arrived(job, reader)

    job.refresh_from_db()
    assert job.audio_ms == heard * SECONDS * 1000
    assert spent(user) == cost_micros(heard * SECONDS * 1000, PRICE)


def test_who_leaves_a_stream_pays_for_what_was_written_down_of_each_channel(
    user: User, tmp_path: Path
) -> None:
    """One of them says nothing for a while, and what it says then is not paid for before."""
    job, reader = call(user, tmp_path, 1_000, 2_000, stream=True)
    attempts.run(job.id)
    paid = [event.audio_ms for event in events(reader) if isinstance(event, Delta | Result)]
    assert paid == [1_500, 2_500, 2_500 + 4_400, 5_000 + 4_400, 5_000 + 5_900, 12_000]


@pytest.mark.thorough
def test_who_says_what_as_openai_tells_it(user: User, tmp_path: Path) -> None:
    told = json.loads(written_down(user, tmp_path, 1_000, 2_000, response_format="diarized_json"))
    assert set(told) == {"task", "duration", "text", "segments", "usage"}
    assert told["segments"][2] == {
        "type": "transcript.text.segment", "id": "seg_002", "start": 2.6, "end": 4.4,
        "text": "My order is late.", "speaker": "Channel 2",
    }  # fmt: skip


@pytest.mark.thorough
def test_a_stream_of_who_says_what(user: User, tmp_path: Path) -> None:
    job, reader = call(user, tmp_path, 1_000, 2_000, stream=True, response_format="diarized_json")
    attempts.run(job.id)
    sent = b"".join(e.data for e in events(reader) if isinstance(e, Delta | Result)).decode()
    told = [json.loads(line.removeprefix("data: ")) for line in sent.splitlines() if line]
    assert [each["type"].rpartition(".")[2] for each in told] == [*["delta", "segment"] * 5, "done"]
    assert told[5]["speaker"] == "Channel 2"


# --- over HTTP, in a job of AudioPod's own ------------------------------------------------------
def stereo(left: int, right: int, seconds: float = 2.0) -> SimpleUploadedFile:
    row = np.where(np.arange(round(seconds * PCM_RATE)) % 64 < 32, 1, -1)
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((2, 2, PCM_RATE, 0, "NONE", ""))
        both = np.stack([row * left, np.roll(row, 9) * right], axis=1)
        wav.writeframes(both.astype("<i2").tobytes())
    return SimpleUploadedFile("call.wav", file.getvalue(), "audio/wav")


def upload(user: User, *files: SimpleUploadedFile, **fields: Any) -> Any:
    return Client().post(
        "/api/v1/transcription/transcribe-upload",
        {"files": list(files), **fields},
        headers={"X-API-Key": calling_as(user).token},
    )


def test_a_job_of_calls(user: User) -> None:
    answer = upload(user, stereo(1_000, 2_000), stereo(2_000, 0), channels="split")
    assert answer.status_code == 200, answer.content
    assert answer.json()["estimated_duration"] == 4.0
    assert wallet.balance(user).held_micros == cost_micros(6_000, PRICE), "three channels are heard"

    job = Job.objects.get()
    attempts.run(job.id)

    token = {"X-API-Key": calling_as(user).token}
    told = Client().get(f"/api/v1/transcription/jobs/{job.number}", headers=token).json()
    assert told["status"] == "COMPLETED", told
    labels = [(s["speaker_id"], s["speaker_label"], s["speaker"]) for s in told["segments"]]
    assert labels[:3] == [(1, *["Channel 1"] * 2)] * 2 + [(2, *["Channel 2"] * 2)]
    assert [speaker["label"] for speaker in told["speakers"]] == ["Channel 1", "Channel 2"]
    job.refresh_from_db()
    assert (job.audio_ms, spent(user)) == (6_000, cost_micros(6_000, PRICE))


def test_channels_of_a_link_are_held_for_as_two(user: User, settings: Any) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 60
    body = {"url": "https://example.com/call.wav", "channels": "split"}
    assert calling_as(user).post("/transcription/transcribe", body).status_code == 200
    assert wallet.balance(user).held_micros == cost_micros(120_000, PRICE)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"track": "2"}, "track"),
        ({"track": "0"}, "track"),
        ({"track": "one"}, "track"),
        ({"channels": "left"}, "channels"),
    ],
    ids=str,
)
@pytest.mark.thorough
def test_what_a_recording_does_not_have(user: User, fields: dict[str, str], param: str) -> None:
    error = error_of(upload(user, stereo(1_000, 2_000), **fields), 400)
    assert error["param"] == param
    assert (wallet.balance(user).available_micros, Job.objects.exists()) == (CREDIT, False)


# --- gaps ---------------------------------------------------------------------------------------
def gap(at: float, seconds: float) -> dict[str, Any]:
    """A recording of six seconds by its clock, a part of which the file does not have."""
    samples = round(seconds * PCM_RATE)
    return {
        "channels": "mix",
        "sound": Sound(silent=samples, gaps=((round(at * PCM_RATE), samples),)),
    }


def test_what_the_file_does_not_have_is_not_paid_for(user: User, tmp_path: Path) -> None:
    job, reader = call(user, tmp_path, 1_000, response_format="verbose_json", **gap(0.0, 3.5))
    assert wallet.balance(user).held_micros == cost_micros(2_500, PRICE)

    attempts.run(job.id)
    has_arrived(job, reader)

    assert spent(user) == cost_micros(2_500, PRICE)
    (result,) = [event for event in events(reader) if isinstance(event, Result)]
    told = json.loads(result.data)
    assert (told["duration"], told["usage"]["seconds"]) == (6.0, 3)


@pytest.mark.parametrize(
    ("at", "seconds", "billed"), [(0.0, 3.5, [0, 0, 1_500]), (2.0, 1.0, [1_500, 2_000, 4_000])]
)
def test_a_stream_that_is_left_is_paid_up_to_there_without_the_gap(
    user: User, tmp_path: Path, at: float, seconds: float, billed: list[int]
) -> None:
    job, reader = call(user, tmp_path, 1_000, stream=True, **gap(at, seconds))
    attempts.run(job.id)
    deltas = [event for event in events(reader) if isinstance(event, Delta)]
    assert [delta.audio_ms for delta in deltas] == billed


def test_what_was_asked_comes_out_of_the_database_as_it_went_in(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    hears(monkeypatch, "one")
    sound = Sound(channels=2, heard=(0, 1), silent=3, gaps=((1, 2), (5, 1)))
    job, _ = call(user, tmp_path, 1_000, 2_000, sound=sound, track=2)
    job.refresh_from_db()
    found = TranscriptionRequest.of(job.params)
    assert (found.sound, found.track, found.is_split) == (sound, 2, True)
