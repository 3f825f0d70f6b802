"""What a dead process left behind is found and freed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from audio_api import channel
from audio_api.channel import Audio, Failed
from audio_api.jobs import settlement, sweeper
from audio_api.models import Job
from tests.audio_api.halves import (
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
    sweeper.sweep()
    assert default_storage.exists("jobs/orphan.pcm"), "it may belong to a request under way"
    monkeypatch.setattr(sweeper, "ORPHAN_AGE", timedelta(0))
    sweeper.sweep()
    assert not default_storage.exists("jobs/orphan.pcm")
    assert default_storage.exists(kept_job.source)
    settlement.refuse(kept_job, code="x", message="x")
