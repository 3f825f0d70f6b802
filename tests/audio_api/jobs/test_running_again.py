"""A job that failed or was cancelled is run again, once."""

from __future__ import annotations

import uuid
from collections import Counter
from pathlib import Path

import pytest

from accounts.models import User
from audio_api.jobs import detached
from audio_api.models import Job
from audiopod.common.problem import Problem
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


def test_a_failed_job_is_run_again_under_its_public_id(
    user: User, monkeypatch: Patch, tmp_path: Path, sent: list[uuid.UUID]
) -> None:
    job = toy.failed(user, monkeypatch, toy.upload(tmp_path, b"the recording"))
    does(monkeypatch, toy.one_second)
    again = detached.retry(job, request_id="req_again")
    assert (again.number, again.display_name) == (job.number, job.display_name)
    assert again.pk != job.pk
    assert sent[-1] == again.pk
    assert Hold.objects.get(job_id=again.pk).state == "open"
    assert toy.rows_of(again) == [("upload", "upload")]
    done = run(again)
    assert (done.status, spent(user)) == ("succeeded", SECOND_MICROS)

    job.refresh_from_db()
    assert (job.status, job.number, job.cost_micros) == ("failed", None, 0)
    assert list(Job.objects.detached()) == [done]


def test_nothing_that_was_said_stays_with_the_try_that_failed(
    user: User, monkeypatch: Patch
) -> None:
    job = toy.failed(user, monkeypatch)
    run(detached.retry(job, request_id="r"))
    job.refresh_from_db()
    assert (job.params, job.display_name, job.kept_until) == ({"mode": "loud"}, "", None)


def test_a_cancelled_job_is_run_again(user: User) -> None:
    job = started(user)
    detached.cancel(job)
    job.refresh_from_db()
    assert detached.may_retry(job)
    assert run(detached.retry(job, request_id="r")).status == "succeeded"


def test_run_again_eight_times_at_once_is_one_job(user: User, monkeypatch: Patch) -> None:
    job = toy.failed(user, monkeypatch)
    copies = [Job.objects.get(pk=job.pk) for _ in range(8)]
    calls = [lambda copy=copy: detached.retry(copy, request_id="r") for copy in copies]
    outcomes = at_once(calls)
    assert Counter(type(outcome) for outcome in outcomes) == {Job: 1, Problem: 7}
    assert {outcome.status for outcome in outcomes if isinstance(outcome, Problem)} == {409}
    assert Hold.objects.filter(state="open").count() == 1
    detached.cancel(Job.objects.get(number=job.number))


def test_without_money_a_job_is_not_run_again_and_nothing_changes(
    user: User, monkeypatch: Patch, tmp_path: Path
) -> None:
    job = toy.failed(user, monkeypatch, toy.upload(tmp_path))
    wallet.adjust(
        user=user, amount_micros=-CREDIT, reason="r", actor="command:t", idempotency_key="t"
    )
    before = Job.objects.values().get()
    with pytest.raises(wallet.InsufficientBalance):
        detached.retry(job, request_id="r")
    assert Job.objects.values().get() == before
    assert toy.rows_of(job) == [("upload", "upload")]


@pytest.mark.parametrize("end", ["succeeded", "queued", "running", "expired", "deleted"])
def test_what_is_not_to_be_run_again(user: User, monkeypatch: Patch, end: str) -> None:
    job = toy.failed(user, monkeypatch) if end in {"expired", "deleted"} else started(user)
    if end == "succeeded":
        does(monkeypatch, toy.one_second)
        run(job)
    if end == "running":
        toy.taken(job)
    if end == "expired":
        toy.past_keeping(job)
    if end == "deleted":
        detached.delete(job)
    job.refresh_from_db()
    with pytest.raises(Problem) as refused:
        detached.retry(job, request_id="r")
    assert (refused.value.status, refused.value.code) == (409, "job_not_retryable")
    assert Job.objects.count() == 1
    detached.cancel(job)


def test_a_job_whose_time_ran_out_meanwhile_is_not_run_again(
    user: User, monkeypatch: Patch
) -> None:
    job = toy.failed(user, monkeypatch)
    toy.past_keeping(job)
    assert detached.may_retry(job), "as it was read before"
    with pytest.raises(Problem):
        detached.retry(job, request_id="r")
