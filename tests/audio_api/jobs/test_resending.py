"""A job that a client waits for, whose message is lost: it is sent again, by its own lane."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import lanes, resending, settlement, sweeper
from audio_api.models import Job
from audiopod.queue.broker import BATCH, INTERACTIVE, broker, messages
from tests.audio_api.halves import speech, spent, transcription

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def sent(monkeypatch: Patch) -> list[uuid.UUID]:
    """The jobs whose messages were sent again."""
    broker.flush_all()
    jobs: list[uuid.UUID] = []
    monkeypatch.setattr(resending, "enqueue", lambda job: jobs.append(job.id))
    return jobs


def waiting(user: User, seconds: float) -> Job:
    """A job of a client that waits for so long."""
    job, _ = speech(user)
    return aged(job, seconds)


def aged(job: Job, seconds: float) -> Job:
    job.created_at = timezone.now() - timedelta(seconds=seconds)
    job.save(update_fields=["created_at"])
    return job


def end(*jobs: Job) -> None:
    for job in jobs:
        settlement.abandon(job, code="x", message="x")


def test_a_lost_message_is_sent_again_after_a_few_seconds(
    user: User, sent: list[uuid.UUID]
) -> None:
    lost, fresh = waiting(user, 6), waiting(user, 1)
    assert sweeper.sweep().resent == 1
    assert sent == [lost.pk], "the other's message may not have been sent yet"
    assert sweeper.sweep().resent == 0, "not at every sweep"
    end(lost, fresh)
    assert spent(user) == 0


def test_what_waits_in_a_busy_queue_is_not_sent_again(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    monkeypatch.setattr(resending, "messages", lambda queue: 2)
    running, behind = waiting(user, 60), waiting(user, 40)
    assert Job.objects.claim(running.pk, lease=timedelta(seconds=60))
    assert resending.resend() == 0
    running.refresh_from_db()
    end(running, behind)


def test_a_message_that_a_later_one_overtook_is_lost(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    monkeypatch.setattr(resending, "messages", lambda queue: 2)
    lost, running = waiting(user, 60), waiting(user, 40)
    assert Job.objects.claim(running.pk, lease=timedelta(seconds=60))
    assert resending.resend() == 1
    assert sent == [lost.pk]
    running.refresh_from_db()
    end(lost, running)


def test_a_job_whose_time_in_the_queue_is_over_is_given_up_instead(
    user: User, sent: list[uuid.UUID]
) -> None:
    job = waiting(user, 600)
    Job.objects.filter(pk=job.pk).update(queue_deadline=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep().failed == 1
    assert sent == []


def test_each_goes_back_to_its_own_lane(user: User, monkeypatch: Patch, tmp_path: Path) -> None:
    """With the real queue of a server that is one process: one is full, the other lost its own."""
    broker.flush_all()
    monkeypatch.setattr(resending, "enqueue", lanes.enqueue)
    short = waiting(user, 60)
    long, _ = transcription(user, tmp_path, seconds=90)
    aged(long, 60)
    lanes.enqueue(short)
    assert (messages(INTERACTIVE), messages(BATCH)) == (1, 0)
    assert resending.resend() == 1
    assert (messages(INTERACTIVE), messages(BATCH)) == (1, 1)
    broker.flush_all()
    end(short, long)
