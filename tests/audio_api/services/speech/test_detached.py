"""A speech that no client waits for: its file, the times of its words, and what it costs."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import av
import numpy as np
import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio.engines import registry
from audio.engines.base import AudioChunk, EngineError, Said, UnspeakableText
from audio_api.jobs import attempts, detached
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.services.speech.params import SpeechJobRequest
from audio_api.services.speech.price import prepare_speech_job
from audiopod.common.money import cost_micros
from tests.audio_api.halves import CREDIT, speaks, spent
from wallet import services as wallet

pytestmark = pytest.mark.usefixtures("background")
PRICE = 40_000
"""Micro-dollars per minute."""
Patch = pytest.MonkeyPatch


def prepared(user: User, **asked: Any) -> Job:
    fields: dict[str, Any] = {
        "text": "Hello there. General Kenobi.", "voice_id": 1, "voice_name": "nova",
        "engine": "double", "engine_voice": "nova", "language": "en-US",
        "response_format": "wav", "speed": 1.0,
    }  # fmt: skip
    request = SpeechJobRequest(**{**fields, **asked})
    return prepare_speech_job(Caller(user, None, "req_1"), request)


def started(user: User, **asked: Any) -> Job:
    return detached.start(prepared(user, **asked))


def run(job: Job) -> Job:
    attempts.run(job.id)
    return Job.objects.get(pk=job.pk)


def output(job: Job, name: str) -> tuple[JobFile, bytes]:
    file = JobFile.objects.get(job=job, role=JobFile.Role.OUTPUT, name=name)
    with default_storage.open(file.path) as opened:
        return file, opened.read()


class Reader:
    """An engine that says in which chunk each piece begins."""

    def speak(self, text: str, **asked: Any) -> Any:
        for piece, seconds in (("Hello there.", 1.0), ("General Kenobi.", 2.0)):
            samples = np.full(int(seconds * 24_000), 0.1, np.float32)
            yield AudioChunk(samples, 24_000, (Said(piece, at=0.0),))


def test_what_was_made_is_charged_and_the_rest_of_the_hold_goes_back(
    user: User, monkeypatch: Patch
) -> None:
    speaks(monkeypatch, 0.5, 1.25)
    job = started(user)
    assert wallet.balance(user).held_micros == job.held_micros > cost_micros(1750, PRICE)

    done = run(job)

    assert (done.status, done.progress, done.audio_ms) == ("succeeded", 100, 1750)
    assert done.cost_micros == spent(user) == cost_micros(1750, PRICE)
    file, body = output(done, "audio")
    assert (file.file_name, file.content_type) == (f"speech-{job.number}.wav", "audio/wav")
    with wave.open(io.BytesIO(body)) as opened:
        assert opened.getnframes() == 1.75 * 24_000


@pytest.mark.parametrize(
    ("form", "content_type", "codec"),
    [
        ("mp3", "audio/mpeg", "mp3"),
        ("ogg", "audio/ogg", "opus"),
        ("wav", "audio/wav", "pcm_s16le"),
        ("flac", "audio/flac", "flac"),
    ],
)
def test_each_format_is_what_it_says(
    user: User, monkeypatch: Patch, form: str, content_type: str, codec: str
) -> None:
    speaks(monkeypatch, 2.0)
    file, body = output(run(started(user, response_format=form)), "audio")
    assert file.content_type == content_type
    with av.open(io.BytesIO(body)) as container:
        assert container.streams.audio[0].codec_context.name.startswith(codec)
        assert container.duration / av.time_base == pytest.approx(2.0, abs=0.06)


def test_the_times_of_its_words_lie_beside_it(user: User, monkeypatch: Patch) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: Reader())
    file, body = output(run(started(user)), "timestamps")
    told = json.loads(body)
    assert file.content_type == "application/json"
    assert told["type"] == "word"
    assert [token["text"] for token in told["tokens"]] == ["Hello", "there.", "General", "Kenobi."]
    assert [told["tokens"][0]["start"], told["tokens"][1]["end"]] == [0.0, 1.0]
    assert [told["tokens"][2]["start"], told["tokens"][3]["end"]] == [1.0, 3.0]


def test_the_times_may_be_those_of_characters(user: User, monkeypatch: Patch) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: Reader())
    _, body = output(run(started(user, timestamp_type="character")), "timestamps")
    told = json.loads(body)
    assert told["type"] == "character"
    assert "".join(token["text"] for token in told["tokens"]) == "Hellothere.GeneralKenobi."


def test_progress_follows_the_text_that_was_spoken(user: User, monkeypatch: Patch) -> None:
    seen: list[float] = []
    monkeypatch.setattr(registry, "get", lambda kind, name: Reader())
    monkeypatch.setattr(
        "audio_api.jobs.attempt.Attempt.alive",
        lambda self, *, progress=0.0, stage="": seen.append(progress),
    )
    run(started(user))
    assert seen == [0.0, pytest.approx(12 / 28), pytest.approx(27 / 28)]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (EngineError("broken"), "engine_error"),
        (UnspeakableText("Nothing has a sound."), "unspeakable_input"),
    ],
)
def test_a_failure_costs_nothing_and_leaves_no_file(
    user: User, monkeypatch: Patch, failure: Exception, code: str
) -> None:
    speaks(monkeypatch, 1.0, failure)
    done = run(started(user))
    assert (done.status, done.error_code, spent(user)) == ("failed", code, 0)
    assert not JobFile.objects.filter(job=done).exists()


def test_an_engine_that_says_nothing_has_failed(user: User, monkeypatch: Patch) -> None:
    speaks(monkeypatch)
    done = run(started(user))
    assert (done.status, done.error_code, spent(user)) == ("failed", "engine_error", 0)


def test_a_cancelled_job_stops_at_the_next_piece_and_costs_nothing(
    user: User, monkeypatch: Patch
) -> None:
    spoken: list[str] = []
    job = started(user)
    monkeypatch.setattr("audio_api.jobs.attempt.PROGRESS_SECONDS", 0.0)
    speaks(
        monkeypatch, 1.0, lambda: detached.cancel(job) and None, 1.0, lambda: spoken.append("more")
    )
    done = run(job)
    assert (done.status, spent(user), spoken) == ("cancelled", 0, [])
    assert wallet.balance(user).posted_micros == CREDIT


def test_the_longest_text_is_held_for(user: User) -> None:
    job = prepared(user, text="word " * 4000)
    usual_ms = job.params["usual_ms"]
    assert usual_ms > 4000 * 250
    assert job.held_micros == pytest.approx(cost_micros(round(usual_ms * 1.2), PRICE), rel=0.01)
