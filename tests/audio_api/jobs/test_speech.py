"""A speech in the worker: what becomes of a job and of its money, whatever happens."""

from __future__ import annotations

import io
import threading
import time
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from accounts.models import User
from audio.engines import memory, registry, status
from audio.engines.base import AudioChunk, EngineError, Said
from audio_api.channel import Audio, Failed, Finished, Produced
from audio_api.jobs import attempts, delivery, sweeper
from audio_api.models import Job
from audio_api.services.speech.events import framed
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import longest_ms
from tests.audio.codecs.streaminfo import stream_info
from tests.audio_api.halves import (
    CREDIT,
    Settings,
    events,
    has_arrived,
    hears,
    leave,
    past_its_lease,
    sent_audio,
    settle_whole,
    speaks,
    speech,
    spent,
    transcription,
)
from tests.harness.programs import wait_until
from wallet import services as wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_speech_that_was_delivered_whole_is_paid_whole(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 1.0, 0.5)
    job, reader = speech(user)
    leaver = threading.Timer(0.05, leave, [reader], {"delivered_ms": 1500, "cancelled": False})
    leaver.start()
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, job.cost_micros) == ("succeeded", 1500, 1000)
    assert spent(user) == 1000
    assert job.first_byte_at
    assert job.started_at <= job.first_byte_at <= job.finished_at


@pytest.mark.parametrize(("long_seconds", "returned"), [(0.0, 1), (60.0, 0)])
def test_long_work_gives_its_memory_back(
    user: User, monkeypatch: pytest.MonkeyPatch, long_seconds: float, returned: int
) -> None:
    times: list[None] = []
    monkeypatch.setattr(attempts, "LONG_SECONDS", long_seconds)
    monkeypatch.setattr(memory, "give_back", lambda: times.append(None))
    speaks(monkeypatch, 0.5)
    job, _ = speech(user)

    attempts.run(job.id)

    assert len(times) == returned


def test_finished_is_told_with_the_balance(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, 1.5)
    job, reader = speech(user)
    attempts.run(job.id)
    assert [type(e) for e in events(reader)] == [Audio, Audio, Produced]
    leave(reader, delivered_ms=1500, cancelled=False)
    delivery.settle_delivered(job.id)
    assert events(reader)[-1] == Finished(1000, CREDIT - 1000)
    assert spent(user) == 1000


def test_a_short_wav_says_its_true_length(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant and Python's wave module read no further than a header that lies."""
    speaks(monkeypatch, 0.5, 0.25)
    job, reader = speech(user, response_format="wav", text="hello")
    attempts.run(job.id)
    with wave.open(io.BytesIO(sent_audio(reader))) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        assert file.getnframes() == len(file.readframes(10**9)) // 2 == 18_000
    settle_whole(job, reader)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_what_is_kept_of_a_long_speech_says_its_true_length(
    user: User, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The stream could not: its first bytes left before its last ones were made."""
    speaks(monkeypatch, 0.5, 0.25)
    text = "One sentence here. Another one follows it. And a third one ends it all, at last."
    job, reader = speech(user, response_format=form, text=text, key="once-upon-a-time")
    attempts.run(job.id)
    job.refresh_from_db()
    sent = sent_audio(reader)
    with default_storage.open(job.result) as file:
        kept = file.read()
    if form == "flac":
        assert stream_info(sent).samples == 0
        assert stream_info(kept).samples == 18_000
        assert kept[42:] == sent[42:]
    else:
        with wave.open(io.BytesIO(kept)) as opened:
            assert opened.getnframes() == 18_000
        assert kept[44:] == sent[44:]


def test_a_short_flac_says_its_true_length(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """soundfile and others allocate what its head says, and fail where that is nothing."""
    speaks(monkeypatch, 0.5, 0.25)
    job, reader = speech(user, response_format="flac", text="hello")
    attempts.run(job.id)
    assert stream_info(sent_audio(reader)).samples == 18_000
    settle_whole(job, reader)


def test_a_long_wav_streams_with_an_open_length(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.5, 0.25)
    job, reader = speech(user, response_format="wav", text="One sentence. And another one. " * 20)
    attempts.run(job.id)
    data = sent_audio(reader)
    assert (data[:4], data[4:8], data[40:44]) == (b"RIFF", b"\xff" * 4, b"\xff" * 4)
    assert len(data) == 44 + 18_000 * 2
    settle_whole(job, reader)


class Reader:
    """An engine that says in which chunk each piece begins."""

    def speak(self, text: str, **asked: Any) -> Iterator[AudioChunk]:
        for piece, seconds in (("Hello there.", 1.0), ("General Kenobi.", 2.0)):
            samples = np.full(int(seconds * 24_000), 0.1, np.float32)
            yield AudioChunk(samples, 24_000, (Said(piece, at=0.0),))


@pytest.mark.parametrize("form", ["pcm", "mp3"])
def test_the_times_of_words_come_with_the_audio(
    user: User, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: Reader())
    asked = {"stream_format": "sse", "timestamps": "word", "response_format": form}
    job, reader = speech(user, text="Hello there. General Kenobi.", **asked)
    attempts.run(job.id)
    told = [event for event in events(reader) if isinstance(event, Audio) and event.tokens]
    words = [(token["text"], token["start"], token["end"]) for e in told for token in e.tokens]
    assert [word for word, _, _ in words] == ["Hello", "there.", "General", "Kenobi."]
    assert (words[0][1], words[1][2], words[2][1], words[3][2]) == (0.0, 1.0, 1.0, 3.0)
    assert len(told) == 2, "the first piece is told before the last one is made"
    assert told[-1].audio_ms == 3000
    settle_whole(job, reader)


def test_times_are_sent_again_as_they_were_sent(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: Reader())
    asked = {"stream_format": "sse", "timestamps": "character", "response_format": "wav"}
    job, reader = speech(user, text="Hello there. General Kenobi.", key="again", **asked)
    attempts.run(job.id)
    job.refresh_from_db()
    sent = [
        e
        for event in events(reader)
        if isinstance(event, Audio)
        for e in framed(event, "character")
    ]
    with default_storage.open(job.result) as file:
        assert file.read() == b"".join(sent)
    assert b'"granularity":"character"' in b"".join(sent)


def test_the_text_is_erased_at_the_end(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, EngineError("no"))
    job, _ = speech(user)
    attempts.run(job.id)
    job.refresh_from_db()
    assert "text" not in job.params
    assert job.params["voice_name"] == "nova"


@pytest.mark.parametrize(
    "steps", [[EngineError("no")], [1.0, EngineError("no")], [RuntimeError()], []]
)
def test_a_failing_engine_costs_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, steps: list[float | Exception]
) -> None:
    speaks(monkeypatch, *steps)
    job, reader = speech(user)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)
    failure = events(reader)[-1]
    assert isinstance(failure, Failed)
    assert failure.status == 500
    assert "no" not in failure.message.split(), "the engine's words are not the client's"


def test_who_leaves_mid_stream_pays_for_what_was_sent(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, reader = speech(user)
    speaks(monkeypatch, 1.0, 1.0, lambda: leave(reader, delivered_ms=600) and None, 1.0, 1.0)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, spent(user)) == ("cancelled", 600, 400)


def test_who_leaves_before_the_first_byte_pays_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, reader = speech(user)
    speaks(monkeypatch, 1.0)
    leave(reader)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_slow_client_is_settled_when_it_has_got_what_it_gets(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker does not wait for it, and neither does its lease run out meanwhile."""
    speaks(monkeypatch, 3.0)
    job, reader = speech(user)
    attempts.run(job.id)
    job.refresh_from_db()
    assert job.status == "running"
    assert job.lease_until > timezone.now()
    assert leave(reader, delivered_ms=1500), "the web process is told to ask for the settlement"
    delivery.settle_delivered(job.id)
    delivery.settle_delivered(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, spent(user)) == ("cancelled", 1500, 1000)


def test_a_client_that_takes_its_time_is_waited_for(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 2.0)
    job, reader = speech(user)
    attempts.run(job.id)
    for delivered_ms in (500, 1000, 1900):
        reader.channel.delivered_ms = delivered_ms
        past_its_lease(job)
        sweeper.sweep()
        job.refresh_from_db()
        assert (job.status, job.cost_micros) == ("running", 0)
        assert job.lease_until > timezone.now()
    leave(reader, delivered_ms=2000, cancelled=False)
    delivery.settle_delivered(job.id)
    assert spent(user) == 1334


def test_a_client_nobody_hears_of_pays_for_what_it_got(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its web process died, or it stopped reading: nothing has moved for a whole lease."""
    speaks(monkeypatch, 3.0)
    job, reader = speech(user)
    reader.channel.delivered_ms = 1500
    attempts.run(job.id)
    past_its_lease(job)
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.audio_ms, spent(user)) == ("cancelled", 1500, 1000)


def test_a_job_is_done_once_however_often_it_is_delivered(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.3, lambda: time.sleep(0.2), 0.3)
    job, reader = speech(user)

    def work() -> None:
        try:
            attempts.run(job.id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(e, Produced) for e in events(reader)) == 1
    leave(reader, delivered_ms=600, cancelled=False)
    delivery.settle_delivered(job.id)
    assert spent(user) == 400


def test_a_frozen_worker_that_wakes_up_moves_no_money(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease runs out mid-work, the sweeper ends the job, then it goes on."""
    job, reader = speech(user)

    def freeze() -> None:
        Job.objects.filter(pk=job.pk).update(
            lease_until=timezone.now() - timedelta(seconds=1), attempt=2
        )
        sweeper.sweep()
        Job.objects.filter(pk=job.pk).update(attempt=1)

    speaks(monkeypatch, 1.0, freeze, 1.0)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert isinstance(events(reader)[-1], Produced | Failed | Audio)


def test_work_that_hangs_beyond_its_time_is_ended_and_its_client_told(
    user: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """From another thread: an engine that hangs cannot be asked."""
    settings.JOB_LEASE_SECONDS, settings.JOB_TIME_LIMIT_SECONDS = 0.3, 0
    job, reader = speech(user)

    def hang() -> None:
        wait_until(lambda: isinstance(events(reader)[-1], Failed), seconds=20, what="it is told")

    speaks(monkeypatch, 1.0, hang, 1.0)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", attempts.TOO_LONG, 0)
    failure = events(reader)[-1]
    assert isinstance(failure, Failed)
    assert "longer than" in failure.message


def test_work_beyond_the_hold_is_written_off(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job, reader = speech(user)
    most_ms = longest_ms(SpeechRequest.of(job.params))
    speaks(monkeypatch, most_ms / 1000 + 3)
    attempts.run(job.id)
    leave(reader, delivered_ms=most_ms + 3000, cancelled=False)
    delivery.settle_delivered(job.id)
    job.refresh_from_db()
    assert job.status == "succeeded"
    assert job.cost_micros == job.held_micros == spent(user)
    assert job.written_off_micros == 2000


def test_a_broken_engine_refuses_work(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, 1.0)
    job, _ = speech(user)
    status.mark("double", ok=False, detail="it made noise")
    try:
        attempts.run(job.id)
    finally:
        status.mark("double", ok=True)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)


def test_a_database_that_fails_at_the_settlement_charges_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 1.0)
    job, reader = speech(user)

    def fails(**kwargs: object) -> None:
        raise DatabaseError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(wallet, "settle", fails)
        leaver = threading.Timer(0.05, leave, [reader], {"delivered_ms": 1000, "cancelled": False})
        leaver.start()
        attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)


def test_a_database_that_comes_back_loses_no_job(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, reader = speech(user)
    speaks(monkeypatch, 1.0)
    claim, failures = type(Job.objects).claim, [OperationalError("gone"), OperationalError("gone")]

    def flaky(self: Any, *args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return claim(self, *args, **kwargs)

    monkeypatch.setattr(attempts, "CLAIM_RETRY_SECONDS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(type(Job.objects), "claim", flaky)
    attempts.run(job.id)
    leave(reader, delivered_ms=1000, cancelled=False)
    delivery.settle_delivered(job.id)
    assert spent(user) == 667


def test_a_storage_that_fails_afterwards_does_not_hide_what_was_paid(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)

    def fails(name: str) -> None:
        raise RuntimeError("the bucket is away")

    monkeypatch.setattr(default_storage, "delete", fails)
    attempts.run(job.id)
    has_arrived(job, reader)
    assert isinstance(events(reader)[-1], Finished)
    assert spent(user) == 500


def test_a_language_that_failed_its_test_is_not_spoken(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 1.0)
    monkeypatch.setattr(status, "_broken", {"double ja": "heard as nothing"})
    japanese, _ = speech(user, language="ja")
    english, reader = speech(user)
    for job in (japanese, english):
        attempts.run(job.id)
        job.refresh_from_db()
    assert (japanese.status, japanese.error_code) == ("failed", "engine_error")
    settle_whole(english, reader)
