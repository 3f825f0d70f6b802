"""A worker's claim on a job, and the hold that outlives it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import leases, settlement, sweeper
from audio_api.jobs.leases import Lease
from audio_api.models import Job
from tests.audio_api.halves import (
    Settings,
    speech,
)
from tests.harness.programs import wait_until
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_lease_is_renewed_while_work_goes_on(user: User, settings: Settings) -> None:
    settings.JOB_LEASE_SECONDS = 1
    job, _ = speech(user)
    attempt = Job.objects.claim(job.id, lease=timedelta(seconds=1))
    assert attempt == 1
    with Lease(job.id, attempt):
        time.sleep(1.6)
        assert Job.objects.claim(job.id, lease=timedelta(seconds=1)) is None
    settlement.fail(job, attempt, code="x", message="x")


def test_a_claim_reads_its_own_attempt(user: User, django_assert_num_queries: Any) -> None:
    """In the statement that claims: between it and another, somebody else may claim."""
    job, _ = speech(user)
    past = timedelta(seconds=-1)
    with django_assert_num_queries(2):
        assert [Job.objects.claim(job.id, lease=past) for _ in range(2)] == [1, 2]


def test_a_lease_that_waits_for_a_client_is_not_made_shorter(
    user: User, settings: Settings
) -> None:
    """The worker's last renewal may come after it has left the job to its client."""
    settings.JOB_LEASE_SECONDS = 1
    job, _ = speech(user)
    attempt = Job.objects.claim(job.id, lease=timedelta(seconds=60))
    assert attempt == 1
    with Lease(job.id, attempt) as lease:
        time.sleep(0.6)
        lease.check()
    job.refresh_from_db()
    assert job.lease_until
    assert job.lease_until > timezone.now() + timedelta(seconds=30)
    settlement.fail(job, attempt, code="x", message="x")


def test_a_hold_never_expires_before_its_job(user: User) -> None:
    job, _ = speech(user)
    Job.objects.claim(job.id, lease=timedelta(seconds=60))
    Hold.objects.filter(job_id=job.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    assert Hold.objects.get(job_id=job.id).state == Hold.State.OPEN
    settlement.fail(Job.objects.get(pk=job.id), 1, code="x", message="x")


def test_a_lease_outlives_a_database_that_is_away_for_a_moment(
    user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_LEASE_SECONDS = 1
    job, _ = speech(user)
    attempt = Job.objects.claim(job.id, lease=timedelta(seconds=1))
    assert attempt == 1
    real, calls = wallet.extend, []

    def extend(**asked: Any) -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the connection is gone")
        return real(**asked)

    monkeypatch.setattr(leases.wallet, "extend", extend)
    with Lease(job.id, attempt) as lease:
        wait_until(lambda: len(calls) >= 3, seconds=10, what="two more renewals")
        lease.check()
    settlement.fail(job, attempt, code="x", message="x")
