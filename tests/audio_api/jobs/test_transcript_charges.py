"""A transcript in the worker: who pays for it, and when nobody does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from audio.engines.base import EngineError
from audio_api import channel
from audio_api.channel import Failed, Finished, Result, redis_stream
from audio_api.jobs import attempts, delivery, sweeper
from audio_api.services.transcription import work
from audiopod.common.money import cost_micros
from tests.audio_api.halves import (
    CREDIT,
    events,
    has_arrived,
    hears,
    leave,
    past_its_lease,
    spent,
    transcription,
)
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_transcript_costs_its_input(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one", "two")
    job, reader = transcription(user, tmp_path, seconds=3.0005)
    source = job.source
    assert default_storage.exists(source)
    attempts.run(job.id)
    result = events(reader)[-1]
    assert isinstance(result, Result)
    assert b"one two" in result.data
    has_arrived(job, reader)
    job.refresh_from_db()
    assert (job.status, job.audio_ms, job.cost_micros) == ("succeeded", 3001, 501)
    assert spent(user) == result.cost_micros == 501
    assert result.balance_micros == CREDIT - 501
    assert events(reader)[-1] == Finished(501, CREDIT - 501)
    assert not default_storage.exists(source), "the client's audio is not kept"


def test_silence_is_a_success_and_is_paid(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch)
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)
    has_arrived(job, reader)
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
    attempts.run(job.id)
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
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)
    assert isinstance(events(reader)[-1], Failed)


def test_a_transcript_that_nobody_waits_for_is_not_charged(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its web process died without a word."""
    hears(monkeypatch, "one")
    job, _ = transcription(user, tmp_path)
    monkeypatch.setattr(channel.memory.MemoryWriter, "listened", lambda self, **_: False)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_transcript_that_nobody_takes_is_not_charged(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its web process died after the worker had sent it, and before it could be passed on."""
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)
    job.refresh_from_db()
    assert isinstance(events(reader)[-1], Result)
    assert (job.status, job.cost_micros) == ("running", 0)
    past_its_lease(job)
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_slow_client_is_waited_for_as_long_as_it_takes_any(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)
    for arrived_ms in (1000, 2000):
        reader.channel.delivered_ms = arrived_ms
        past_its_lease(job)
        assert not sweeper.sweep().settled
        job.refresh_from_db()
        assert (job.status, job.audio_ms) == ("running", arrived_ms)
        assert job.lease_until
        assert job.lease_until > timezone.now()
        assert Hold.objects.get(job_id=job.id).expires_at > job.lease_until
    past_its_lease(job)
    assert sweeper.sweep().settled == 1, "nothing since"
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", cost_micros(2000, 10_000))


def test_a_dead_web_process_is_noticed_before_the_lease_is_over(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one")
    job, _ = transcription(user, tmp_path)
    attempts.run(job.id)
    assert not sweeper.sweep().settled, "it may still be at it"
    monkeypatch.setattr(channel.memory.MemoryWriter, "listened", lambda self, **_: False)
    assert sweeper.sweep().settled == 1
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_web_process_that_redis_has_forgotten_is_given_time_to_say_that_it_lives(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Redis was away for longer than a sign of life lasts, and the sweeper is there before it."""
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)

    def listened(self: object, *, wait_seconds: float = 0.0) -> bool:
        return wait_seconds > redis_stream.PULSE_SECONDS

    monkeypatch.setattr(channel.memory.MemoryWriter, "listened", listened)
    assert not sweeper.sweep().settled
    has_arrived(job, reader)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("succeeded", 500)


def test_a_transcript_that_did_not_arrive_whole_is_not_charged(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)
    assert leave(reader), "the web process is told to ask for the settlement"
    delivery.settle_delivered(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)


def test_a_worker_that_died_before_the_settlement_sends_nothing_twice(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another one finds the job: the transcript has arrived, and is only to be paid."""
    hears(monkeypatch, "one")
    job, reader = transcription(user, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(work, "deliver", lambda *_, **__: None)
        attempts.run(job.id)
    leave(reader, delivered_ms=3000, cancelled=False)
    past_its_lease(job)
    attempts.run(job.id)
    job.refresh_from_db()
    assert sum(isinstance(event, Result) for event in events(reader)) == 1
    assert (job.status, job.attempt, spent(user)) == ("succeeded", 2, 500)
