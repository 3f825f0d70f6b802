"""What a dead process left behind is found and freed."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from audio_api import channel
from audio_api.channel import Audio, Failed
from audio_api.jobs import orphans, settlement, sweeper
from audio_api.jobs.chores import Chore
from audio_api.models import Job
from audiopod.queue.broker import HEARTBEAT_MS
from tests.audio_api.halves import (
    Settings,
    events,
    speech,
    spent,
    transcription,
)
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_lost_worker_s_job_is_queued_once_more_and_then_given_up(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[uuid.UUID] = []
    monkeypatch.setattr(sweeper, "enqueue", lambda job: queued.append(job.id))
    job, reader = speech(user)
    past = timedelta(seconds=-1)
    assert Job.objects.claim(job.id, lease=past) == 1
    for _ in range(3):  # while no worker is free
        sweeper.sweep()
        assert queued == [job.id]
    assert Job.objects.claim(job.id, lease=past) == 2
    sweeper.sweep()
    assert queued == [job.id]
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert isinstance(events(reader)[-1], Failed)
    assert Job.objects.claim(job.id, lease=past) is None


def test_a_lost_worker_that_nobody_replaces_in_time_is_not_called_a_busy_server(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "enqueue", lambda job: None)
    job, _ = speech(user)
    assert Job.objects.claim(job.id, lease=timedelta(seconds=-1)) == 1
    sweeper.sweep()
    Job.objects.filter(pk=job.pk).update(queue_deadline=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)


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


def test_a_job_that_cannot_be_swept_keeps_no_other_waiting(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[uuid.UUID] = []
    monkeypatch.setattr(sweeper, "enqueue", lambda job: queued.append(job.id))
    broken, _ = speech(user)
    lost, _ = speech(user)
    for job in (broken, lost):
        assert Job.objects.claim(job.id, lease=timedelta(seconds=-1)) == 1
    open_writer = channel.open_writer

    def opened(job_id: uuid.UUID) -> channel.Writer:
        if job_id == broken.id:
            raise redis.TimeoutError
        return open_writer(job_id)

    monkeypatch.setattr(channel, "open_writer", opened)

    sweeper.sweep()

    assert queued == [lost.id]


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
    channel.memory._channels.clear()
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
    orphans.remove()
    assert default_storage.exists("jobs/orphan.pcm"), "it may belong to a request under way"
    monkeypatch.setattr(orphans, "ORPHAN_AGE", timedelta(0))
    orphans.remove()
    assert not default_storage.exists("jobs/orphan.pcm")
    assert default_storage.exists(kept_job.source)
    settlement.refuse(kept_job, code="x", message="x")


def test_the_first_sweep_after_an_outage_leaves_leases_alone(
    user: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Living workers could not renew them either, and do so as the database comes back."""
    told: list[bool] = []

    def sweep(*, leases_are_true: bool, with_chores: bool) -> None:
        told.append(leases_are_true)
        if len(told) == 2:
            raise OperationalError("the database is away")
        if len(told) == 4:
            raise ConnectionError("the storage is away: that is no matter here")
        if len(told) == 5:
            beside.stop()

    settings.SWEEP_SECONDS = 0.01
    monkeypatch.setattr(sweeper, "sweep", sweep)
    monkeypatch.setattr(sweeper, "_database_answers", lambda: len(told) != 2)
    beside = sweeper.Sweeper()
    beside._threads = []
    beside._sweep()
    assert told == [True, True, False, True, True]


def test_a_lease_is_not_judged_when_it_could_not_be_renewed(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "enqueue", lambda job: pytest.fail("queued again"))
    job, _ = speech(user)
    assert Job.objects.claim(job.id, lease=timedelta(seconds=-1)) == 1
    assert sweeper.sweep(leases_are_true=False).requeued == 0
    settlement.fail(job, 1, code="x", message="x")


def test_what_a_killed_worker_did_is_taken_up_again_in_twenty_seconds(settings: Settings) -> None:
    """And its message comes back to another one when the lease is over, not before."""
    assert settings.JOB_LEASE_SECONDS + settings.SWEEP_SECONDS <= 20
    assert settings.JOB_LEASE_SECONDS * 1000 <= HEARTBEAT_MS


def test_a_chore_that_takes_long_delays_no_sweep(
    user: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    swept, chore_is_done = threading.Event(), threading.Event()

    def run() -> int:
        assert swept.wait(20)
        chore_is_done.set()
        return 1

    settings.SWEEP_SECONDS = 0.01
    monkeypatch.setattr(sweeper, "CHORES", [Chore(name="long", run=run)])
    monkeypatch.setattr(sweeper, "sweep", lambda **_: swept.set())
    beside = sweeper.Sweeper()
    beside.start()
    assert chore_is_done.wait(20)
    beside.stop()
