"""A transcript in the worker: what is streamed of it, what is kept, and what it costs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio.engines import registry
from audio.engines.base import SpeechDetection, Transcription
from audio_api import channel
from audio_api.channel import Delta, Failed, Progress, Result
from audio_api.channel.memory import MemoryReader
from audio_api.jobs import attempts
from audio_api.jobs import start as services
from audio_api.jobs.idempotency import IdempotencyKey
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.price import prepare_transcription
from tests.audio_api.halves import Ear, events, has_arrived, hears, leave, spent

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

SECONDS = 3.0
PRICE = 500
"""Micro-dollars of three seconds."""


def asked(key: IdempotencyKey | None = None, **changes: Any) -> Callable[[User, Path], Any]:
    fields: dict[str, Any] = {
        "model": "whisper-1", "task": "transcribe", "response_format": "json", "language": None,
        "prompt": "", "temperature": None, "granularities": ("segment",), "seconds": SECONDS,
    }  # fmt: skip

    def start(user: User, folder: Path) -> tuple[Job, MemoryReader]:
        audio = folder / "in.pcm"
        audio.write_bytes(bytes(int(SECONDS * 16_000) * 2))
        request = TranscriptionRequest(**{**fields, **changes})
        job = prepare_transcription(Caller(user, None, "req_1", key), request, audio)
        reader = channel.open_reader(job.id)
        services.start(job)
        assert isinstance(reader, MemoryReader)
        return job, reader

    return start


streamed = asked(stream=True)


def data_of(event: Delta | Result) -> dict[str, Any]:
    """The JSON in a framed event."""
    text = event.data.decode()
    assert text.startswith("data: ")
    assert text.endswith("\n\n")
    found: dict[str, Any] = json.loads(text.removeprefix("data: "))
    return found


def test_each_delta_is_sent_before_the_next_segment_is_decoded(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    job, reader = streamed(user, tmp_path)
    seen: list[int] = []
    hears(monkeypatch, "one", lambda: seen.append(len(events(reader))), "two")
    attempts.run(job.id)

    assert seen == [1]
    one, two, done = events(reader)
    assert isinstance(done, Result)
    assert [data_of(delta)["delta"] for delta in (one, two)] == ["one", " two"]  # type: ignore[arg-type]
    assert data_of(done)["text"] == "one two"
    assert done.content_type.startswith("text/event-stream")
    has_arrived(job, reader)
    job.refresh_from_db()
    assert (job.status, spent(user), done.cost_micros) == ("succeeded", PRICE, PRICE)
    assert job.first_byte_at < job.finished_at


def test_segments_without_words_are_signs_of_life(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    job, reader = streamed(user, tmp_path)
    hears(monkeypatch, "", "one")
    attempts.run(job.id)
    assert [type(event) for event in events(reader)] == [Progress, Delta, Result]
    has_arrived(job, reader)


def test_who_leaves_mid_stream_pays_nothing(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    job, reader = streamed(user, tmp_path)
    decoded: list[str] = []
    hears(
        monkeypatch,
        "one",
        lambda: leave(reader) and None,
        "two",
        lambda: decoded.append("more"),
        "three",
    )
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.cost_micros, spent(user)) == ("cancelled", 0, 0)
    assert not decoded, "it stopped at the next segment"


def test_who_leaves_after_the_last_word_and_before_the_end_pays_nothing(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    job, reader = streamed(user, tmp_path)
    hears(monkeypatch, "one", lambda: leave(reader) and None)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_failure_mid_stream_costs_nothing(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    job, reader = streamed(user, tmp_path)
    hears(monkeypatch, "one", RuntimeError("boom"))
    attempts.run(job.id)
    assert [type(event) for event in events(reader)] == [Delta, Failed]
    assert spent(user) == 0


def test_a_second_attempt_says_nothing_twice(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Its first worker died after the first delta, and its client still waits."""
    job, reader = streamed(user, tmp_path)
    channel.open_writer(job.id).send(Delta(b"data: {}\n\n"))
    Job.objects.filter(pk=job.pk).update(attempt=1)
    hears(monkeypatch, "one")
    attempts.run(job.id)
    job.refresh_from_db()
    assert [type(event) for event in events(reader)] == [Delta, Failed]
    assert (job.status, job.attempt, spent(user)) == ("failed", 2, 0)


def test_everything_that_was_asked_reaches_the_engine(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """From the queue's JSON: lists are tuples again, the detector's figures an object."""
    wishes = {
        "languages": ("en", "fr"),
        "keywords": ("Shaun",),
        "prompt": "A letter.",
        "detection": SpeechDetection(0.3, 100, 200),
        "temperature": 0.4,
    }
    told: dict[str, Any] = {}

    class Listener(Ear):
        def transcribe(self, samples: object, **options: object) -> Transcription:
            told.update(options)
            return super().transcribe(samples)

    monkeypatch.setattr(registry, "get", lambda kind: Listener("one"))
    job, reader = asked(logprobs=True, **wishes)(user, tmp_path)
    job.refresh_from_db()
    attempts.run(job.id)

    assert {name: told[name] for name in wishes} == wishes
    assert told["word_timestamps"] is True, "logprobs are those of words"
    body = json.loads(events(reader)[-1].data)  # type: ignore[union-attr]
    assert [entry["token"] for entry in body["logprobs"]] == ["one"]
    assert body["languages"] == [{"code": "en"}]
    has_arrived(job, reader)
    job.refresh_from_db()
    assert not {"prompt", "keywords"} & set(job.params), "what was said is not kept"
    assert spent(user) == PRICE


KEY = IdempotencyKey("key", "0" * 64)


@pytest.mark.parametrize("stream", [True, False])
def test_a_transcript_that_is_kept_is_worked_to_its_end_for_nobody(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stream: bool,
) -> None:
    job, reader = asked(KEY, stream=stream)(user, tmp_path)
    hears(monkeypatch, "one", lambda: leave(reader) and None, "two")
    attempts.run(job.id)

    job.refresh_from_db()
    assert (job.status, spent(user)) == ("succeeded", PRICE)
    with default_storage.open(job.result) as file:
        kept = file.read()
    if stream:
        lines = [line for line in io.BytesIO(kept) if line.strip()]
        said = [json.loads(line.removeprefix(b"data: ")) for line in lines]
        assert [event.get("delta", event.get("text")) for event in said] == [
            "one", " two", "one two"
        ]  # fmt: skip
    else:
        assert json.loads(kept)["text"] == "one two"
