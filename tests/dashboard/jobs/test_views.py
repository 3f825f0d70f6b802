"""The pages of jobs: what is seen and done there, by their owner alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audio_api.models import Job, JobFile
from tests.audio_api.halves import CREDIT, speech
from tests.dashboard.jobs.cast import (
    SAID,
    columns,
    done,
    failed,
    running,
    stranger,
    waiting,
)
from tests.dashboard.jobs.looks import listed, of_job, said
from tests.pages import page_of
from wallet import services as wallet

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# --- the list -----------------------------------------------------------------------------------
def test_an_account_without_jobs_is_told_where_they_come_from(as_user: Client) -> None:
    assert "There are no jobs yet." in listed(as_user)


def test_a_job_is_listed_with_how_far_it_is_and_what_it_cost(user: User, as_user: Client) -> None:
    done(user, name="spoken")
    failed(user, name="broken")
    running(user, name="under way", progress=45, stage="speaking")
    waiting(user, name="later")

    words = listed(as_user)

    for told in (
        "spoken speech, nova succeeded",
        "$0.02",
        "Play Loading… Stop Try again talk.mp3 Download",
        "broken speech, nova failed engine_error",
        "Retry broken",
        "under way speech, nova running 45 % 45 %, speaking",
        "Cancel under way",
        "later speech, nova queued waiting, number 1 in the queue",
    ):
        assert told in words
    assert SAID not in words
    assert "4 jobs on this page, 2 not finished" in words


def test_a_request_that_a_client_waits_for_is_not_listed(user: User, as_user: Client) -> None:
    speech(user)
    assert "There are no jobs yet." in listed(as_user)


def test_jobs_are_filtered_by_kind_and_status(user: User, as_user: Client) -> None:
    done(user, name="spoken")
    waiting(user, name="later")
    assert "later" not in listed(as_user, status="succeeded")
    assert "spoken" in listed(as_user, status="succeeded", kind="speech")
    assert "No job fits these filters." in listed(as_user, kind="transcription")
    words = listed(as_user, status="nonsense")
    assert "These filters make no sense" in words
    assert "spoken" not in words


def test_pages_follow_each_other_by_cursors(
    user: User, as_user: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.jobs.views.JOBS_A_PAGE", 2)
    for number in range(3):
        done(user, name=f"job-{number}")

    first = as_user.get(reverse("jobs"), {"status": "succeeded"})

    assert ("job-0" in said(first), "job-2" in said(first)) == (False, True)
    [older] = re.findall(r'class="button[^"]*older"\s+href="([^"]+)"', first.content.decode())
    second = as_user.get(older.replace("&amp;", "&"))
    page_of(second)
    assert "job-0" in said(second)
    assert "job-1" not in said(second)
    assert "job-2" in listed(as_user, before="nonsense")


def test_a_page_of_jobs_takes_as_many_queries_for_many(
    user: User, as_user: Client, settings: Any
) -> None:
    settings.MAX_DETACHED_JOBS = 0
    wallet.grant(user=user, amount_micros=5_000_000, reason="t", actor="t", idempotency_key="rich")
    listed(as_user)

    def queries(jobs: int) -> int:
        while Job.objects.count() < jobs:
            running(user)
            waiting(user)
            done(user)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            listed(as_user)
        return len(seen)

    few = queries(2)
    assert few <= 6  # session, reader, jobs, files, places
    assert queries(50) == few


# --- what can be done ---------------------------------------------------------------------------
@pytest.mark.parametrize("make", [waiting, running])
def test_an_open_job_is_cancelled_at_once(user: User, as_user: Client, make: Any) -> None:
    job = make(user)
    answer = as_user.post(reverse("job-cancel", args=[job.number]), follow=True)
    page_of(answer)
    assert "The job was cancelled. Nothing was charged." in said(answer)
    assert columns(job, "status", "error_code", "cost_micros") == {
        "status": "cancelled", "error_code": "cancelled_by_owner", "cost_micros": 0,
    }  # fmt: skip
    assert wallet.balance(user).available_micros == CREDIT


def test_a_job_that_is_over_is_not_cancelled(user: User, as_user: Client) -> None:
    job = done(user)
    answer = as_user.post(reverse("job-cancel", args=[job.number]), follow=True)
    assert "The job was over already." in said(answer)
    assert columns(job, "status") == {"status": "succeeded"}


def test_a_button_of_the_list_leads_back_to_it(user: User, as_user: Client) -> None:
    job = running(user)
    answer = as_user.post(reverse("job-cancel", args=[job.number]), {"from": "list"})
    assert answer.headers["Location"] == reverse("jobs")


def test_a_failed_job_is_run_again_under_its_number(
    user: User, as_user: Client, sent: list[str]
) -> None:
    job = failed(user)
    sent.clear()
    answer = as_user.post(reverse("job-retry", args=[job.number]), follow=True)
    page_of(answer)
    assert "The job runs again." in said(answer)
    again = Job.objects.get(number=job.number)
    assert (again.status, again.pk != job.pk) == ("queued", True)
    assert sent == [str(again.pk)]
    assert wallet.balance(user).available_micros == CREDIT - 40_000
    assert SAID not in str(Job.objects.get(pk=job.pk).params), "it goes on in the new row alone"


def test_what_cannot_be_run_again_says_why(user: User, as_user: Client) -> None:
    job = done(user)
    page, _ = of_job(as_user, job)
    assert not [form for form in page.all("form") if "retry" in str(form.get("action"))]
    answer = as_user.post(reverse("job-retry", args=[job.number]), follow=True)
    assert "Only a job that failed or was cancelled can be run again." in said(answer)


def test_a_retry_that_the_balance_does_not_cover_is_refused(user: User, as_user: Client) -> None:
    job = failed(user)
    wallet.adjust(user=user, amount_micros=-CREDIT, reason="t", actor="t", idempotency_key="poor")
    answer = as_user.post(reverse("job-retry", args=[job.number]), follow=True)
    page_of(answer)
    assert "Your balance does not cover this run." in said(answer)
    assert columns(job, "status", "number") == {"status": "failed", "number": job.number}


@pytest.mark.parametrize("make", [waiting, running, done, failed])
def test_a_job_is_deleted_when_that_is_confirmed(user: User, as_user: Client, make: Any) -> None:
    job = make(user, name="a secret name")
    was_open = not job.is_over
    assert make is not done or default_storage.listdir("job-files")[1]
    url = reverse("job-delete", args=[job.number])

    asked = as_user.get(url)
    page_of(asked)
    assert ("it is cancelled first" in said(asked)) is was_open
    assert Job.objects.filter(number=job.number).exists()

    answer = as_user.post(url, follow=True)
    page_of(answer)
    assert "The job is deleted" in said(answer)
    assert "a secret name" not in listed(as_user)
    assert as_user.get(reverse("job", args=[job.number])).status_code == 404
    assert not JobFile.objects.exists()
    assert make is not done or default_storage.listdir("job-files")[1] == []
    assert SAID not in str(columns(job, "params"))


# --- who may ------------------------------------------------------------------------------------
PAGES = ("job", "job-delete")
ACTIONS = ("job-cancel", "job-retry", "job-delete")


def test_the_job_of_somebody_else_does_not_exist(as_user: Client) -> None:
    theirs = done(stranger(), name="theirs")
    assert "theirs" not in listed(as_user)
    for number in (theirs.number, 1, 2**53, 10**30):
        for name in PAGES:
            assert as_user.get(reverse(name, args=[number])).status_code == 404
        for name in ACTIONS:
            assert as_user.post(reverse(name, args=[number])).status_code == 404
    assert columns(theirs, "status", "deleted_at") == {"status": "succeeded", "deleted_at": None}


def test_only_those_who_are_logged_in(user: User, as_user: Client) -> None:
    job = running(user)
    nobody, strict = Client(), Client(enforce_csrf_checks=True)
    strict.force_login(user)
    urls = [reverse("jobs"), reverse("jobs-open"), *(reverse(p, args=[job.number]) for p in PAGES)]
    for url in urls:
        assert nobody.get(url).headers["Location"].startswith(reverse("login"))
    for name in ACTIONS:
        url = reverse(name, args=[job.number])
        assert nobody.post(url).headers["Location"].startswith(reverse("login"))
        assert strict.post(url).status_code == 403
    for name in ("job-cancel", "job-retry"):
        assert as_user.get(reverse(name, args=[job.number])).status_code == 405
    for url in (reverse("jobs"), reverse("jobs-open"), reverse("job", args=[job.number])):
        assert as_user.post(url).status_code == 405
    assert columns(job, "status") == {"status": "running"}


def test_the_pages_speak_german(user: User, as_user: Client) -> None:
    job = running(user, progress=45, stage="speaking")
    as_user.cookies["django_language"] = "de"
    words = said(as_user.get(reverse("jobs")))
    assert "Aufträge" in words
    assert "45 %, spricht" in words
    assert "Abbrechen" in words
    assert "Fortschritt von" in as_user.get(reverse("job", args=[job.number])).content.decode()
