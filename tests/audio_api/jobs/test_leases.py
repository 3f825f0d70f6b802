"""A worker's claim on a job, and the hold that outlives it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import settlement, sweeper
from audio_api.jobs.leases import Lease
from audio_api.models import Job
from tests.audio_api.halves import (
    Settings,
    speech,
)
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


def test_a_hold_never_expires_before_its_job(user: User) -> None:
    job, _ = speech(user)
    Job.objects.claim(job.id, lease=timedelta(seconds=60))
    Hold.objects.filter(job_id=job.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    sweeper.sweep()
    assert Hold.objects.get(job_id=job.id).state == Hold.State.OPEN
    settlement.fail(Job.objects.get(pk=job.id), 1, code="x", message="x")
