"""What a job that no client waits for costs, and what is held for it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import attempts, detached, sweeper
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.models import Job
from tests.audio_api.halves import CREDIT, spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, at_once, does, run, started
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
Patch = pytest.MonkeyPatch


# --- what it costs ------------------------------------------------------------------------------
def test_it_is_settled_when_its_output_is_stored_though_nobody_listens(user: User) -> None:
    job = started(user)
    assert wallet.balance(user).held_micros == job.held_micros == 10 * SECOND_MICROS
    done = run(job)
    assert (done.status, done.progress, done.stage) == ("succeeded", 100, "")
    assert (done.audio_ms, done.cost_micros, spent(user)) == (1_000, SECOND_MICROS, SECOND_MICROS)
    assert toy.rows_of(done) == [("output", "audio")]
    assert done.kept_until is not None
    assert done.kept_until > timezone.now()


@pytest.mark.parametrize(
    ("ms", "cost", "written_off"),
    [
        (0, 0, 0),
        (1, 1, 0),
        (9_999, 9_999, 0),
        (10_000, 10_000, 0),
        (10_001, 10_000, 1),
        (3_600_000, 10_000, 3_590_000),
    ],
)
def test_it_costs_what_was_made_and_never_more_than_its_hold(
    user: User, monkeypatch: Patch, ms: int, cost: int, written_off: int
) -> None:
    does(monkeypatch, toy.of_length(ms))
    done = run(started(user))
    assert (done.status, done.audio_ms) == ("succeeded", ms)
    assert (done.cost_micros, done.written_off_micros, spent(user)) == (cost, written_off, cost)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("broken"), "internal_error"),
        (InputRefused("This file has no sound.", "no_sound"), "no_sound"),
    ],
)
def test_a_failure_costs_nothing_and_leaves_no_output(
    user: User, monkeypatch: Patch, tmp_path: Path, error: Exception, code: str
) -> None:
    def fail() -> None:
        raise error

    does(monkeypatch, toy.made_then(fail))
    done = run(started(user, toy.upload(tmp_path)))
    assert (done.status, done.error_code, spent(user)) == ("failed", code, 0)
    assert toy.rows_of(done) == [("upload", "upload")]
    assert len(toy.stored()) == 1, "the upload is kept for another try; the output is gone"


def test_words_of_a_refusal_reach_the_client_whatever_is_in_them(
    user: User, monkeypatch: Patch
) -> None:
    def refuse(attempt: Attempt) -> int:
        raise InputRefused("The file “a\x00b” has no sound.", "no_sound")

    does(monkeypatch, refuse)
    done = run(started(user))
    assert (done.status, done.error_message) == ("failed", "The file “ab” has no sound.")


def test_a_kind_without_detached_work_fails_and_costs_nothing(user: User) -> None:
    job = started(user)
    Job.objects.filter(pk=job.pk).update(kind="speech")
    done = run(job)
    assert (done.status, done.error_code, spent(user)) == ("failed", "internal_error", 0)


def test_without_money_nothing_is_kept(user: User, tmp_path: Path) -> None:
    job = toy.prepared(user)
    job.held_micros = CREDIT + 1
    with pytest.raises(wallet.InsufficientBalance):
        detached.start(job, [toy.upload(tmp_path)])
    assert not Job.objects.exists()
    assert toy.stored() == []


def test_redelivered_messages_charge_once(user: User, monkeypatch: Patch) -> None:
    runs = []
    does(monkeypatch, toy.made_then(lambda: runs.append(1)))
    job = started(user)
    at_once([lambda: attempts.run(job.id)] * 4)
    run(job)
    assert (len(runs), spent(user)) == (1, SECOND_MICROS)
    assert Job.objects.get(pk=job.pk).attempt == 1


# --- holds --------------------------------------------------------------------------------------
def test_a_job_that_waits_for_weeks_keeps_its_hold_and_is_charged(user: User) -> None:
    job = started(user)
    weeks = timezone.now() - timedelta(days=30)
    Job.objects.filter(pk=job.pk).update(created_at=weeks)
    Hold.objects.filter(job_id=job.pk).update(expires_at=weeks)
    sweeper.sweep()
    hold = Hold.objects.get(job_id=job.pk)
    assert hold.state == "open"
    assert hold.expires_at > timezone.now(), "the audit calls an overdue hold a breach"
    assert (run(job).status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_a_hold_past_its_time_is_settled_as_any_other(user: User) -> None:
    job = started(user)
    Hold.objects.filter(job_id=job.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert (run(job).status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_jobs_that_wait_long_do_not_hide_holds_without_a_job(
    user: User, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(sweeper, "BATCH_SIZE", 2)
    jobs = [started(user) for _ in range(3)]
    long_ago = timezone.now() - timedelta(days=2)
    Hold.objects.update(expires_at=long_ago)
    wallet.hold(user=user, job_id=uuid.uuid4(), amount_micros=5, seconds=-1)
    for _ in range(3):
        sweeper.sweep()
    assert Hold.objects.filter(state="expired").count() == 1
    for job in jobs:
        detached.cancel(job)


def test_a_hold_that_staff_has_let_expire_is_not_charged(user: User) -> None:
    job = started(user)
    Hold.objects.filter(job_id=job.pk).update(expires_at=timezone.now() - timedelta(days=1))
    wallet.expire(job_id=job.pk)
    # the audit is right to see a breach in it until the job is over
    assert (run(job).status, spent(user), toy.stored()) == ("failed", 0, [])
