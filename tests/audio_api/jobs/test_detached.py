"""A job that no client waits for goes on: what crashes and lost messages leave of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from dramatiq import Worker

from accounts.models import User
from audio_api.jobs import detached, lanes, resending, sweeper, tasks
from audio_api.jobs.attempt import Attempt
from audio_api.models import Job, JobFile
from audio_api.process import embedded
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, broker, messages
from tests.audio_api.halves import past_its_lease, spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, does, run, started
from tests.harness.programs import wait_until
from wallet import services as wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _toys(monkeypatch: Patch) -> None:
    toy.sell(monkeypatch)
    does(monkeypatch, toy.one_second)


@pytest.fixture(autouse=True)
def sent(monkeypatch: Patch) -> list[uuid.UUID]:
    """The jobs whose messages were sent."""
    jobs: list[uuid.UUID] = []
    for module in (detached, resending, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: jobs.append(job.id))
    return jobs


def test_a_killed_worker_s_job_is_run_once_more_and_charged_once(
    user: User, sent: list[uuid.UUID]
) -> None:
    job = started(user)
    toy.taken(job)
    Job.objects.filter(pk=job.pk).update(progress=40, stage="mixing")
    past_its_lease(job)
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.progress, job.stage) == ("queued", 0, "")
    assert sent == [job.pk, job.pk]
    done = run(job)
    assert (done.status, done.attempt, spent(user)) == ("succeeded", 2, SECOND_MICROS)


def test_a_job_that_kills_its_worker_twice_fails_and_costs_nothing(user: User) -> None:
    job = started(user)
    for _ in range(2):
        past_its_lease(toy.taken(job))
        sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert detached.may_retry(job)


def test_a_worker_that_was_taken_for_dead_changes_nothing(user: User, monkeypatch: Patch) -> None:
    job = started(user)
    late: list[Attempt] = []

    def sleep_through(attempt: Attempt) -> int:
        toy.one_second(attempt)
        late.append(attempt)
        past_its_lease(job)
        sweeper.sweep()
        does(monkeypatch, toy.of_length(2_000))
        run(job)
        return 9_000

    does(monkeypatch, sleep_through)
    done = run(job)
    assert (done.status, done.audio_ms, spent(user)) == ("succeeded", 2_000, 2 * SECOND_MICROS)
    kept = JobFile.objects.get(job=job)
    assert toy.stored() == [kept.path]


def test_a_restart_leaves_detached_jobs_alone_and_sends_each_of_them_once(
    user: User, sent: list[uuid.UUID]
) -> None:
    queued, running = started(user), toy.taken(started(user))
    sent.clear()
    assert sweeper.abandon_all() == 0
    assert sweeper.resume_detached() == 2
    assert sorted(sent) == sorted([queued.pk, running.pk])
    for job in (queued, running):
        assert run(job).status == "succeeded"
    assert spent(user) == 2 * SECOND_MICROS


@pytest.mark.parametrize("alone", [True, False])
def test_an_embedded_server_goes_on_when_no_other_uses_its_data(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID], alone: bool
) -> None:
    job = toy.taken(started(user))
    sent.clear()
    monkeypatch.setattr(embedded, "_is_alone", lambda: alone)
    monkeypatch.setattr(embedded, "_load_and_work", lambda: None)
    monkeypatch.setattr(embedded.boot, "start_sweeping", lambda: None)
    embedded.start()
    assert sent == ([job.pk] if alone else [])
    job.refresh_from_db()
    assert job.status == ("queued" if alone else "running")
    detached.cancel(job)


def test_a_second_restart_in_the_middle_of_a_job_is_its_end(user: User) -> None:
    job = started(user)
    for _ in range(2):
        toy.taken(job)
        sweeper.resume_detached()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)


def test_a_queue_that_is_away_loses_no_job(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    def away(job: Job) -> None:
        raise ConnectionError("no Redis")

    with monkeypatch.context() as patch:
        patch.setattr(detached, "enqueue", away)
        job = started(user)
        assert job.status == "queued"
    assert sent == []
    aged(job)
    sweeper.sweep()
    assert sent == [job.pk]
    assert run(job).status == "succeeded"


def test_a_queue_that_is_away_does_not_stop_a_sweep(user: User, monkeypatch: Patch) -> None:
    def away(*arguments: object) -> int:
        raise ConnectionError("no Redis")

    lost, waiting = started(user), started(user)
    past_its_lease(toy.taken(lost))
    aged(waiting)
    orphan = uuid.uuid4()
    wallet.hold(user=user, job_id=orphan, amount_micros=5, seconds=-1)
    for module in (detached, resending, sweeper):
        monkeypatch.setattr(module, "enqueue", away)
    monkeypatch.setattr(resending, "messages", away)
    assert sweeper.sweep().expired_holds == 1
    lost.refresh_from_db()
    assert lost.status == "queued"
    for job in (lost, waiting):
        detached.cancel(job)


def aged(job: Job, seconds: int = 60) -> None:
    made = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(created_at=made)


def test_what_waits_in_the_queue_is_not_sent_again(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    jobs = [started(user) for _ in range(3)]
    for job in jobs:
        aged(job)
    sent.clear()
    monkeypatch.setattr(resending, "messages", lambda queue: 2)
    assert resending.resend() == 0
    assert sent == []
    for job in jobs:
        detached.cancel(job)


def test_a_lost_message_is_sent_again_though_the_queue_is_never_empty(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    lost, running, waiting = started(user), started(user), started(user)
    aged(lost, 100)
    aged(running, 60)
    aged(waiting, 40)
    toy.taken(running)
    sent.clear()
    monkeypatch.setattr(resending, "messages", lambda queue: 2)
    assert resending.resend() == 1, "a later one overtook it"
    assert sent == [lost.pk]
    assert resending.resend() == 0, "not at every sweep"
    for job in (lost, running, waiting):
        detached.cancel(job)


def test_an_empty_queue_is_filled_once_and_not_at_every_sweep(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    """A worker may have taken the messages, and not the jobs yet."""
    job = started(user)
    aged(job)
    sent.clear()
    monkeypatch.setattr(resending, "messages", lambda queue: 0)
    assert [resending.resend() for _ in range(3)] == [1, 0, 0]
    detached.cancel(job)


def test_it_goes_through_a_lane_of_its_own(user: User, monkeypatch: Patch) -> None:
    """With the real queue of a server that is one process."""
    broker.flush_all()
    monkeypatch.setattr(detached, "enqueue", lanes.enqueue)
    monkeypatch.setattr(resending, "enqueue", lanes.enqueue)
    jobs = [started(user) for _ in range(3)]
    assert {queue: messages(queue) for queue in (BACKGROUND, BATCH, INTERACTIVE)} == {
        BACKGROUND: 3,
        BATCH: 0,
        INTERACTIVE: 0,
    }
    for job in jobs:
        aged(job)
    assert resending.resend() == 0
    broker.flush_all()
    assert resending.resend() == 3, "their messages are lost"

    worker = Worker(broker, queues={BACKGROUND}, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        is_done = Job.objects.filter(status=Job.Status.SUCCEEDED).count
        wait_until(lambda: is_done() == 3, seconds=30, what="three jobs")
    finally:
        worker.stop()
    assert spent(user) == 3 * SECOND_MICROS


def test_its_message_is_never_dropped_for_its_age() -> None:
    assert tasks.run_detached.options["max_age"] >= lanes.NO_DEADLINE.total_seconds() * 1_000
