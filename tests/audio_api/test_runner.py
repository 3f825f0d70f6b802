"""The back half, called directly: what becomes of a job and of its money, whatever happens."""

from __future__ import annotations

import io
import threading
import time
import uuid
import wave
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from accounts.models import User
from audio_api import channel, runner, services, settlement, sweeper
from audio_api.channel import Audio, Event, Failed, Finished, Produced, Result
from audio_api.channel.memory import MemoryReader
from audio_api.engines import registry, status
from audio_api.engines.base import AudioChunk, EngineError, Segment, Transcription
from audio_api.leases import Lease
from audio_api.models import Job
from audio_api.requests import SpeechRequest, TranscriptionRequest
from audio_api.services import Caller
from wallet import audit
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

Settings = Any
CREDIT = 1_000_000


class Voice:
    """An engine that does what the test says, one call a chunk."""

    name = "double"

    def __init__(self, *steps: float | Exception | Callable[[], None]) -> None:
        self.steps = steps

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                step()
                continue
            samples = np.sin(np.arange(int(step * 24_000)) / 20).astype(np.float32)
            yield AudioChunk(samples, 24_000)


class Ear:
    name = "double"

    def __init__(self, *texts: str | Exception | Callable[[], None]) -> None:
        self.texts = texts

    def transcribe(self, samples: object, **kwargs: object) -> Transcription:
        return Transcription("en", self._segments())

    def _segments(self) -> Iterator[Segment]:
        for number, text in enumerate(self.texts):
            if isinstance(text, Exception):
                raise text
            if callable(text):
                text()
                continue
            yield Segment(number, 0, number, number + 1, " " + text, [], 0.0, -0.1, 1.0, 0.0)


@pytest.fixture
def user() -> User:
    user = User.objects.create_user("runner@example.com")
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="test", actor="test", idempotency_key=str(user.pk)
    )
    return user


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.REDIS_URL = ""


@pytest.fixture(autouse=True)
def _whole_ledger() -> Iterator[None]:
    """After every test, whatever it did, the ledger and the jobs explain each other."""
    yield
    assert [str(breach) for breach in audit.audit().breaches] == []


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "enqueue", lambda job: None)
    monkeypatch.setattr(runner.speech, "DELIVERY_WAIT_SECONDS", 0.2)


def speaks(monkeypatch: pytest.MonkeyPatch, *steps: float | Exception | Callable[[], None]) -> None:
    monkeypatch.setattr(registry, "speech_engine", lambda name: Voice(*steps))


def hears(monkeypatch: pytest.MonkeyPatch, *texts: str | Exception | Callable[[], None]) -> None:
    monkeypatch.setattr(registry, "transcription_engine", lambda: Ear(*texts))


def speech(user: User, **asked: Any) -> tuple[Job, MemoryReader]:
    fields: dict[str, Any] = {
        "model": "tts-1", "text": "hello", "voice_name": "nova", "engine": "double",
        "engine_voice": "nova", "language": "en-US", "response_format": "pcm", "speed": 1.0,
        "instructions": "",
    }  # fmt: skip
    request = SpeechRequest(**{**fields, **asked})
    job = services.prepare_speech(Caller(user, None, "req_1"), request)
    reader = channel.open_reader(job.id)
    services.start(job)
    assert isinstance(reader, MemoryReader)
    return job, reader


def transcription(user: User, tmp_path: Path, seconds: float = 3.0) -> tuple[Job, MemoryReader]:
    audio = tmp_path / "in.pcm"
    audio.write_bytes(bytes(int(seconds * 16_000) * 2))
    request = TranscriptionRequest(
        model="whisper-1", task="transcribe", response_format="json", language=None, prompt="",
        temperature=None, granularities=("segment",), seconds=seconds,
    )  # fmt: skip
    job = services.prepare_transcription(Caller(user, None, "req_2"), request, audio)
    reader = channel.open_reader(job.id)
    services.start(job)
    assert isinstance(reader, MemoryReader)
    return job, reader


def events(reader: MemoryReader) -> Sequence[Event]:
    return list(reader.line.events)


def leave(reader: MemoryReader, *, delivered_ms: int = 0, cancelled: bool = True) -> bool:
    """What the web process does at the end of a response, without an event loop."""
    line = reader.line
    with line.changed:
        line.delivered_ms, line.closed, line.cancelled = delivered_ms, True, cancelled
        line.changed.notify_all()
        return line.deferred


def spent(user: User) -> int:
    left = wallet.balance(user)
    assert left.held_micros == 0, "nothing is held when all jobs are over"
    return CREDIT - left.posted_micros


def test_a_speech_that_was_delivered_whole_is_paid_whole(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 1.0, 0.5)
    job, reader = speech(user)
    leaver = threading.Timer(0.05, leave, [reader], {"delivered_ms": 1500, "cancelled": False})
    leaver.start()
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, job.cost_micros) == ("succeeded", 1500, 1000)
    assert spent(user) == 1000
    assert job.first_byte_at
    assert job.started_at <= job.first_byte_at <= job.finished_at


def test_finished_is_told_with_the_balance(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, 1.5)
    job, reader = speech(user)
    runner.run(job.id)
    assert [type(e) for e in events(reader)] == [Audio, Produced]
    leave(reader, delivered_ms=1500, cancelled=False)
    runner.settle_delivered(job.id)
    assert events(reader)[-1] == Finished(1000, CREDIT - 1000)
    assert spent(user) == 1000


def sent_audio(reader: MemoryReader) -> bytes:
    return b"".join(event.data for event in events(reader) if isinstance(event, Audio))


def test_a_short_wav_says_its_true_length(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant and Python's wave module read no further than a header that lies."""
    speaks(monkeypatch, 0.5, 0.25)
    job, reader = speech(user, response_format="wav", text="hello")
    runner.run(job.id)
    with wave.open(io.BytesIO(sent_audio(reader))) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        assert file.getnframes() == len(file.readframes(10**9)) // 2 == 18_000
    settle_whole(job, reader)


def test_a_long_wav_streams_with_an_open_length(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 0.5, 0.25)
    job, reader = speech(user, response_format="wav", text="One sentence. And another one. " * 20)
    runner.run(job.id)
    data = sent_audio(reader)
    assert (data[:4], data[4:8], data[40:44]) == (b"RIFF", b"\xff" * 4, b"\xff" * 4)
    assert len(data) == 44 + 18_000 * 2
    settle_whole(job, reader)


def settle_whole(job: Job, reader: MemoryReader) -> None:
    leave(reader, delivered_ms=750, cancelled=False)
    runner.settle_delivered(job.id)


def test_the_text_is_erased_at_the_end(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, EngineError("no"))
    job, _ = speech(user)
    runner.run(job.id)
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
    runner.run(job.id)
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
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, spent(user)) == ("cancelled", 600, 400)


def test_who_leaves_before_the_first_byte_pays_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, reader = speech(user)
    speaks(monkeypatch, 1.0)
    leave(reader)
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_slow_client_is_settled_when_it_has_got_what_it_gets(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker does not wait for it, and neither does its lease run out meanwhile."""
    speaks(monkeypatch, 3.0)
    job, reader = speech(user)
    runner.run(job.id)
    job.refresh_from_db()
    assert job.status == "running"
    assert job.lease_until > timezone.now()
    assert leave(reader, delivered_ms=1500), "the web process is told to ask for the settlement"
    runner.settle_delivered(job.id)
    runner.settle_delivered(job.id)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, spent(user)) == ("cancelled", 1500, 1000)


def past_its_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_client_that_takes_its_time_is_waited_for(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks(monkeypatch, 2.0)
    job, reader = speech(user)
    runner.run(job.id)
    for delivered_ms in (500, 1000, 1900):
        reader.line.delivered_ms = delivered_ms
        past_its_lease(job)
        sweeper.sweep()
        job.refresh_from_db()
        assert (job.status, job.cost_micros) == ("running", 0)
        assert job.lease_until > timezone.now()
    leave(reader, delivered_ms=2000, cancelled=False)
    runner.settle_delivered(job.id)
    assert spent(user) == 1334


def test_a_client_nobody_hears_of_pays_for_what_it_got(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its web process died, or it stopped reading: nothing has moved for a whole lease."""
    speaks(monkeypatch, 3.0)
    job, reader = speech(user)
    reader.line.delivered_ms = 1500
    runner.run(job.id)
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
            runner.run(job.id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(e, Produced) for e in events(reader)) == 1
    leave(reader, delivered_ms=600, cancelled=False)
    runner.settle_delivered(job.id)
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
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert isinstance(events(reader)[-1], Produced | Failed | Audio)


def test_work_beyond_the_hold_is_written_off(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job, reader = speech(user)
    most_ms = services.longest_speech_ms("hello", 1.0)
    speaks(monkeypatch, most_ms / 1000 + 3)
    runner.run(job.id)
    leave(reader, delivered_ms=most_ms + 3000, cancelled=False)
    runner.settle_delivered(job.id)
    job.refresh_from_db()
    assert job.status == "succeeded"
    assert job.cost_micros == job.held_micros == spent(user)
    assert job.written_off_micros == 2000


def test_a_broken_engine_refuses_work(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks(monkeypatch, 1.0)
    job, _ = speech(user)
    status.mark("double", ok=False, detail="it made noise")
    try:
        runner.run(job.id)
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
        runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)


# --- transcription --------------------------------------------------------------------------


def test_a_transcript_costs_its_input(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one", "two")
    job, reader = transcription(user, tmp_path, seconds=3.0005)
    source = job.source
    assert default_storage.exists(source)
    runner.run(job.id)
    job.refresh_from_db()
    result = events(reader)[-1]
    assert isinstance(result, Result)
    assert b"one two" in result.data
    assert (job.status, job.audio_ms, job.cost_micros) == ("succeeded", 3001, 501)
    assert spent(user) == result.cost_micros == 501
    assert not default_storage.exists(source), "the client's audio is not kept"


def test_silence_is_a_success_and_is_paid(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch)
    job, _ = transcription(user, tmp_path)
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("succeeded", 500)


def test_who_leaves_before_the_transcript_pays_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job, reader = transcription(user, tmp_path)
    decoded: list[str] = []
    hears(
        monkeypatch, "one", lambda: leave(reader) and None, "two",
        lambda: decoded.append("more"), "three",
    )  # fmt: skip
    source = job.source
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)
    assert not decoded, "it stopped at the next segment"
    assert not default_storage.exists(source)


@pytest.mark.parametrize("texts", [[RuntimeError()], ["one", EngineError("no")]])
def test_a_failing_transcription_costs_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, texts: list[str | Exception]
) -> None:
    hears(monkeypatch, *texts)
    job, reader = transcription(user, tmp_path)
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)
    assert isinstance(events(reader)[-1], Failed)


# --- leases and the sweeper -----------------------------------------------------------------


def test_a_lease_is_renewed_while_work_goes_on(user: User, settings: Settings) -> None:
    settings.JOB_LEASE_SECONDS = 1
    job, _ = speech(user)
    attempt = Job.objects.claim(job.id, lease=timedelta(seconds=1))
    assert attempt == 1
    with Lease(job.id, attempt):
        time.sleep(1.6)
        assert Job.objects.claim(job.id, lease=timedelta(seconds=1)) is None
    settlement.fail(job, attempt, code="x", message="x")


def test_a_lost_worker_s_job_is_queued_once_more_and_then_given_up(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[uuid.UUID] = []
    monkeypatch.setattr(sweeper, "enqueue", lambda job: queued.append(job.id))
    job, reader = speech(user)
    past = timedelta(seconds=-1)
    assert Job.objects.claim(job.id, lease=past) == 1
    sweeper.sweep()
    assert queued == [job.id]
    assert Job.objects.claim(job.id, lease=past) == 2
    sweeper.sweep()
    assert queued == [job.id]
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert isinstance(events(reader)[-1], Failed)
    assert Job.objects.claim(job.id, lease=past) is None


def test_a_worker_lost_mid_stream_is_not_replaced(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audio that was sent can't be taken back: a second voice must not start from the top."""
    monkeypatch.setattr(sweeper, "enqueue", lambda job: pytest.fail("queued again"))
    job, reader = speech(user)
    assert Job.objects.claim(job.id, lease=timedelta(seconds=-1)) == 1
    channel.open_writer(job.id).send(Audio(b"half a word", 100))
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)
    assert isinstance(events(reader)[-1], Failed)


def test_a_job_that_no_worker_takes_is_given_up(user: User) -> None:
    job, reader = speech(user)
    Job.objects.filter(pk=job.pk).update(queue_deadline=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "queue_timeout", 0)
    failure = events(reader)[-1]
    assert isinstance(failure, Failed)
    assert failure.status == 503


def test_a_job_after_a_restart_is_not_run_for_nobody(user: User) -> None:
    """Its channel was in the memory of the process that died."""
    job, _ = speech(user)
    Job.objects.claim(job.id, lease=timedelta(seconds=-1))
    channel.memory._lines.clear()
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)


def test_a_restart_ends_what_was_queued_in_memory(user: User, tmp_path: Path) -> None:
    queued, _ = speech(user)
    running, _ = transcription(user, tmp_path)
    source = running.source
    Job.objects.claim(running.id, lease=timedelta(seconds=60))
    assert sweeper.abandon_all() == 2
    for job in (queued, running):
        job.refresh_from_db()
        assert (job.status, job.error_code) == ("failed", "restarted")
    assert spent(user) == 0
    assert not default_storage.exists(source)


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

    monkeypatch.setattr(runner.attempts, "CLAIM_RETRY_SECONDS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(type(Job.objects), "claim", flaky)
    runner.run(job.id)
    leave(reader, delivered_ms=1000, cancelled=False)
    runner.settle_delivered(job.id)
    assert spent(user) == 667


def test_a_storage_that_fails_afterwards_does_not_hide_what_was_paid(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)

    def fails(name: str) -> None:
        raise RuntimeError("the bucket is away")

    monkeypatch.setattr(default_storage, "delete", fails)
    runner.run(job.id)
    assert isinstance(events(reader)[-1], Result)
    assert spent(user) == 500


def test_a_transcript_that_nobody_waits_for_is_not_charged(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its web process died without a word."""
    hears(monkeypatch, "one")
    job, _ = transcription(user, tmp_path)
    monkeypatch.setattr(channel.memory.MemoryWriter, "listened", lambda self: False)
    runner.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


@pytest.mark.parametrize("text", ["www " * 40, "xwqz " * 30, "km kg lb " * 15, "1234567890", "WHO"])
def test_what_is_spelt_is_held_for_as_spelt(text: str) -> None:
    letters = sum(not c.isspace() for c in text)
    assert services.longest_speech_ms(text, 1.0) >= letters * services.SPELT_MS


def test_a_hold_never_expires_before_its_job(user: User) -> None:
    job, _ = speech(user)
    Job.objects.claim(job.id, lease=timedelta(seconds=60))
    Hold.objects.filter(job_id=job.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    assert Hold.objects.get(job_id=job.id).state == Hold.State.OPEN
    settlement.fail(Job.objects.get(pk=job.id), 1, code="x", message="x")


def test_a_hold_without_a_job_expires(user: User) -> None:
    orphan = uuid.uuid4()
    wallet.hold(user=user, job_id=orphan, amount_micros=5, seconds=-1)
    sweeper.sweep()
    assert Hold.objects.get(job_id=orphan).state == Hold.State.EXPIRED
    assert spent(user) == 0


def test_audio_without_a_job_is_removed_after_a_while(
    monkeypatch: pytest.MonkeyPatch, user: User, tmp_path: Path
) -> None:
    kept_job, _ = transcription(user, tmp_path)
    default_storage.save("jobs/orphan.pcm", ContentFile(b"x"))
    sweeper.sweep()
    assert default_storage.exists("jobs/orphan.pcm"), "it may belong to a request under way"
    monkeypatch.setattr(sweeper, "ORPHAN_AGE", timedelta(0))
    sweeper.sweep()
    assert not default_storage.exists("jobs/orphan.pcm")
    assert default_storage.exists(kept_job.source)
    settlement.refuse(kept_job, code="x", message="x")


def test_a_queue_that_is_away_costs_nothing_and_keeps_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away(job: Job) -> None:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(services, "enqueue", away)
    with pytest.raises(Exception, match="queue is not available"):
        transcription(user, tmp_path)
    job = Job.objects.get()
    assert (job.status, spent(user)) == ("failed", 0)
    assert default_storage.listdir("jobs")[1] == []


def test_without_money_nothing_is_started_or_kept(user: User, tmp_path: Path) -> None:
    with pytest.raises(wallet.InsufficientBalance):
        transcription(user, tmp_path, seconds=7 * 3600)
    assert not Job.objects.exists()
    assert default_storage.listdir("jobs")[1] == []
