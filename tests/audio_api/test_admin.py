"""Staff read jobs, without the texts of customers, and change nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audio_api.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


@pytest.fixture
def job() -> Job:
    return Job.objects.create(
        user=User.objects.create_user("ada@example.com"),
        request_id="req_1234",
        kind=Job.Kind.SPEECH,
        status=Job.Status.SUCCEEDED,
        model="tts-1",
        voice_name="af_nova",
        params={"text": "the secret text"},
        queue_deadline=timezone.now(),
        price_micros_per_minute=40_000,
        held_micros=9_000,
        audio_ms=12_500,
        cost_micros=8_334,
    )


def test_jobs_are_listed_with_what_they_cost(as_boss: Client, job: Job) -> None:
    listing = reverse("admin:audio_api_job_changelist")
    page = as_boss.get(listing).content.decode()
    for shown in ("ada@example.com", "af_nova", "12.5", "$0.008334", "req_1234"):
        assert shown in page


@pytest.mark.parametrize("query", ["req_1234", "ada@example", "whole id"])
def test_a_job_is_found(as_boss: Client, job: Job, query: str) -> None:
    asked = str(job.pk) if query == "whole id" else query
    listing = reverse("admin:audio_api_job_changelist")
    assert "af_nova" in as_boss.get(listing, {"q": asked}).content.decode()
    assert "af_nova" not in as_boss.get(listing, {"q": "nobody"}).content.decode()


def test_a_job_is_only_read_and_its_text_is_hidden(as_boss: Client, job: Job) -> None:
    change = reverse("admin:audio_api_job_change", args=[job.pk])
    page = as_boss.get(change).content.decode()
    assert "$0.008334" in page
    assert "the secret text" not in page
    assert 'name="_save"' not in page
    assert as_boss.post(change, {}).status_code == 403
    assert as_boss.get(reverse("admin:audio_api_job_add")).status_code == 403
    delete = reverse("admin:audio_api_job_delete", args=[job.pk])
    assert as_boss.post(delete, {"post": "yes"}).status_code == 403
    assert Job.objects.filter(pk=job.pk).exists()
