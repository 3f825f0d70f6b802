"""What the audit of the ledger sees of jobs that no client waits for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import audit as audit_of_jobs
from audio_api.jobs import detached
from audio_api.models import Job, JobFile
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import does, run, started, taken
from wallet.audit import audit

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _whole_ledger() -> None:
    """Not here, where the tests break it."""


@pytest.fixture(autouse=True)
def _toys(monkeypatch: Patch) -> None:
    toy.sell(monkeypatch)
    does(monkeypatch, toy.one_second)
    monkeypatch.setattr(detached, "enqueue", lambda job: None)


def breaches() -> list[str]:
    return [breach.rule for breach in audit().breaches]


def test_its_checks_are_asked() -> None:
    names = {check.__name__ for check in audit_of_jobs.CHECKS}
    assert audit_of_jobs.files_are_paid_for_and_erased.__name__ in names


def test_every_state_of_a_job_is_right(user: User, monkeypatch: Patch) -> None:
    done, gone = run(started(user)), run(started(user))
    detached.delete(gone)
    detached.retry(toy.failed(user, monkeypatch), request_id="r")
    for job in (started(user), taken(started(user))):
        toy.file_of(job, JobFile.Role.UPLOAD)
        toy.file_of(job, JobFile.Role.DECODED)
    assert done.kept_until is not None
    assert breaches() == []


@pytest.mark.parametrize("status", [status for status in Job.Status if status != "succeeded"])
def test_an_output_that_nobody_paid_for_is_seen(user: User, status: str) -> None:
    job = started(user)
    if status == "running":
        taken(job)
    if status in Job.UNLUCKY:
        detached.cancel(job)
    toy.file_of(job, JobFile.Role.OUTPUT)
    assert breaches() == ["job-file"]


def test_a_file_of_a_job_that_was_erased_is_seen(user: User) -> None:
    job = run(started(user))
    detached.delete(job)
    toy.file_of(job, JobFile.Role.UPLOAD)
    assert breaches() == ["job-file"]
    stranger = User.objects.create_user("stranger@example.com")
    assert [str(breach) for breach in audit(user=stranger).breaches] == []


def test_what_is_kept_for_too_long_is_seen(user: User) -> None:
    job = run(started(user))
    toy.past_keeping(job)
    assert breaches() == [], "the sweeper has had no time"
    Job.objects.filter(pk=job.pk).update(kept_until=timezone.now() - timedelta(hours=1))
    assert breaches() == ["job-not-erased"]
