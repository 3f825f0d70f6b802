"""Who may end a job that no client waits for, and what is left of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import User
from audio_api.jobs import detached, interventions, settlement
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.leases import LeaseLost
from audio_api.models import Job, JobFile
from tests.audio_api.halves import spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, at_once, does, run, started
from wallet import services as wallet

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
Patch = pytest.MonkeyPatch


def test_a_queued_job_is_cancelled_at_once_and_no_worker_takes_it(
    user: User, tmp_path: Path
) -> None:
    job = started(user, toy.upload(tmp_path))
    assert detached.cancel(job)
    assert not detached.cancel(job)
    done = run(job)
    assert (done.status, done.error_code, done.attempt) == ("cancelled", "cancelled", 0)
    assert spent(user) == 0


def test_a_running_job_is_cancelled_at_once_and_its_worker_stops(
    user: User, monkeypatch: Patch
) -> None:
    job = started(user)

    def work(attempt: Attempt) -> int:
        toy.one_second(attempt)
        assert detached.cancel(job)
        assert wallet.balance(user).held_micros == 0, "nothing waits for the worker"
        attempt.alive(progress=0.5)
        pytest.fail("the worker went on")

    does(monkeypatch, work)
    done = run(job)
    assert (done.status, spent(user)) == ("cancelled", 0)
    assert toy.stored() == []


def test_a_job_cancelled_in_the_moment_of_its_success_costs_nothing(
    user: User, monkeypatch: Patch
) -> None:
    job = started(user)
    does(monkeypatch, toy.made_then(lambda: detached.cancel(job)))
    done = run(job)
    assert (done.status, spent(user), toy.rows_of(done)) == ("cancelled", 0, [])
    assert toy.stored() == []


def test_a_cancellation_that_comes_too_late_changes_nothing(user: User) -> None:
    done = run(started(user))
    assert not detached.cancel(done)
    done.refresh_from_db()
    assert (done.status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_success_and_cancellation_race_for_a_job(user: User) -> None:
    expected = 0
    for _ in range(6):
        job = toy.taken(started(user))

        def succeed(job: Job = job) -> None:
            settlement.succeed(job, 1, audio_ms=1_000)

        outcomes = at_once([succeed, lambda job=job: detached.cancel(job)])
        job.refresh_from_db()
        won = job.status == "succeeded"
        assert isinstance(outcomes[0], LeaseLost) is not won
        assert outcomes[1] is not won
        expected += SECOND_MICROS if won else 0
    assert spent(user) == expected


@pytest.mark.parametrize("claimed", [False, True])
def test_staff_and_owners_cancel_it_like_that_too(user: User, claimed: bool) -> None:
    job = started(user, key="kept for the client")
    if claimed:
        toy.taken(job)
    job.refresh_from_db()
    assert interventions.cancel(job) is interventions.Cancelled.ENDED
    assert interventions.cancel(job) is interventions.Cancelled.OVER
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("cancelled", "cancelled_by_administrator")
    assert spent(user) == 0


def test_a_deleted_job_leaves_its_record_of_usage_alone(user: User, tmp_path: Path) -> None:
    job = run(started(user, toy.upload(tmp_path), key="k"))
    number = job.number
    detached.delete(job)
    job.refresh_from_db()
    assert job.number == number, "a client that deletes it once more asks by it"
    assert (job.display_name, job.kept_until) == ("", None)
    assert job.params == {"mode": "loud"}
    assert job.deleted_at is not None
    assert (job.status, job.cost_micros, spent(user)) == ("succeeded", SECOND_MICROS, SECOND_MICROS)
    assert toy.stored() == []
    assert not JobFile.objects.exists()
    assert not Job.objects.detached().exists()


def test_a_key_of_a_deleted_job_begins_anew(user: User) -> None:
    first = run(started(user, key="k"))
    detached.delete(first)
    second = started(user, key="k")
    assert second.pk != first.pk
    detached.cancel(second)


@pytest.mark.parametrize("claimed", [False, True])
def test_an_open_job_is_cancelled_when_it_is_deleted(
    user: User, tmp_path: Path, claimed: bool
) -> None:
    job = started(user, toy.upload(tmp_path))
    if claimed:
        toy.taken(job)
    detached.delete(job)
    job.refresh_from_db()
    assert (job.status, spent(user), toy.stored()) == ("cancelled", 0, [])
    with pytest.raises(LeaseLost):
        settlement.succeed(job, 1, audio_ms=1_000)


def test_a_job_that_was_run_again_is_deleted_whole(user: User, monkeypatch: Patch) -> None:
    """Two windows: one runs it again, the other deletes what it still shows as failed."""
    job = toy.failed(user, monkeypatch)
    again = detached.retry(job, request_id="r")
    detached.delete(job)
    again.refresh_from_db()
    assert (again.status, again.deleted_at is None) == ("cancelled", False)
    assert spent(user) == 0
