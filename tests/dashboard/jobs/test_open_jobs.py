"""Rows and pages that move by themselves, until nothing does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audio_api.jobs import detached
from audio_api.models import Job
from tests.dashboard.jobs.cast import (
    done,
    running,
    stranger,
    succeed,
    waiting,
)
from tests.dashboard.jobs.looks import element, of_job
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def watched(client: Client) -> str:
    """What the page asks for every two seconds; empty when it asks for nothing."""
    page = page_of(client.get(reverse("jobs")))
    watch = element(page, "watch")
    assert watch.get("hx-trigger") in (None, "every 2s")
    return watch.get("hx-get") or ""


def test_only_open_rows_are_asked_for_until_none_is(user: User, as_user: Client) -> None:
    done(user, name="spoken")
    job = running(user, name="under way", progress=10)
    asked = watched(as_user)
    assert asked == f"{reverse('jobs-open')}?watch={job.number}"

    Job.objects.filter(pk=job.pk).update(progress=60, stage="speaking")
    moved = as_user.get(asked).content.decode()
    assert f'id="job-{job.number}"' in moved
    assert "60 %, speaking" in moved
    assert "spoken" not in moved
    assert f'hx-get="{asked}"' in moved
    assert 'id="told"' not in moved, "nothing is announced while it only moves"

    succeed(job)
    ended = as_user.get(asked).content.decode()
    assert "under way: succeeded." in ended
    assert "Play" in ended
    assert "hx-get" not in ended
    assert "every 2s" not in ended
    assert watched(as_user) == ""


def test_asking_takes_as_many_queries_for_many_rows(
    user: User, as_user: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.MAX_DETACHED_JOBS = 0
    waiting(user)
    for rows in (2, 12):
        while Job.objects.count() < rows:
            running(user)
        asked = watched(as_user)
        with django_assert_num_queries(5):  # session, reader, jobs, files, places
            as_user.get(asked)


def test_a_row_that_was_deleted_elsewhere_goes(user: User, as_user: Client) -> None:
    job = running(user)
    asked = watched(as_user)
    detached.delete(job)
    assert f'<tr id="job-{job.number}" hx-swap-oob="delete">' in as_user.get(asked).content.decode()


def test_asking_for_the_rows_of_others_tells_nothing(user: User, as_user: Client) -> None:
    theirs = running(stranger(), name="theirs")
    url = reverse("jobs-open")
    for asked in (str(theirs.number), "-1", "1" * 40, "²", "x", ""):
        answer = as_user.get(url, {"watch": asked})
        assert answer.status_code == 200
        assert "theirs" not in answer.content.decode()


def test_the_page_of_a_job_asks_again_while_it_is_open(user: User, as_user: Client) -> None:
    job = running(user, progress=45, stage="speaking")
    page, words = of_job(as_user, job)
    state = element(page, "state")
    assert state["hx-get"] == reverse("job", args=[job.number])
    assert state["hx-trigger"] == "every 2s"
    [bar] = page.all("progress")
    assert (bar["value"], bar["max"], bar["aria-label"]) == ("45", "100", "Progress of talk")
    assert "45 %, speaking" in words
    assert "$0.04 is held for it" in words

    succeed(job)
    page, _ = of_job(as_user, job)
    assert "hx-get" not in element(page, "state")
