"""Each filter of the log and each look of the queue has an index, and SQLite, told of its tables,
finds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.keys.choosing import PLAYGROUND
from accounts.models import User
from accounts.services import create_api_key
from audio_api.jobs import idempotency
from audio_api.models import Job, JobQuerySet
from audio_api.process import sqlite_stats
from dashboard.usage.filters import UsageForm
from dashboard.usage.log import Cursor

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL knows by itself"),
]
JOBS = 400


@pytest.fixture
def ada() -> User:
    """Somebody with requests of every mixture."""
    user, now = User.objects.create_user("ada@example.com"), timezone.now()
    keys = [create_api_key(user=user, name=f"key {n}")[0] for n in range(3)]
    Job.objects.bulk_create(
        Job(
            user=user,
            api_key=[None, *keys][n % 4],
            request_id=f"req_{n}",
            kind="speech" if n // 4 % 5 else "transcription",
            voice_name=["", "nova", "alloy", "echo", "onyx"][n // 4 % 5],
            status=["succeeded", "failed"][n // 20 % 2] if n % 40 else "running",
            model="tts-1",
            queue_deadline=now,
            price_micros_per_minute=1,
            held_micros=1,
            created_at=now - timedelta(minutes=n),
        )
        for n in range(JOBS)
    )
    sqlite_stats.refresh()
    return user


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ("", "job_by_user"),
        ("status=succeeded", "job_by_user"),
        ("key", "job_by_user_key"),
        ("playground", "job_by_user_key"),
        ("endpoint=speech", "job_by_user_kind"),
        ("voice=nova", "job_by_user_voice"),
        ("key endpoint=speech", "job_by_user_key_kind"),
        ("key voice=nova", "job_by_user_key_voice"),
        ("playground voice=nova", "job_by_user_key_voice"),
        ("request=req_7", "job_by_user_request"),
        ("request=req_7 key", "job_by_user_request"),
        ("status=failed", "job_unlucky"),
        ("status=cancelled", "job_unlucky"),
        ("key status=failed", "job_unlucky_key"),
        ("endpoint=speech status=failed", "job_unlucky_kind"),
        ("voice=nova status=failed", "job_unlucky_voice"),
        ("key endpoint=speech status=failed", "job_unlucky_key_kind"),
        ("key voice=nova status=failed", "job_unlucky_key_voice"),
        ("status=running", "job_open_by_user"),
        ("key status=running", "job_open_by_user"),
    ],
)
@pytest.mark.parametrize("deep", [False, True])
def test_each_filter_has_an_index(ada: User, filters: str, index: str, *, deep: bool) -> None:
    query = dict(part.split("=") for part in filters.split() if "=" in part)
    if "key" in filters.split():
        query["key"] = str(ada.api_keys.order_by("pk")[1].public_id)
    elif "playground" in filters:
        query["key"] = PLAYGROUND
    form = UsageForm(ada, query)
    assert form.is_valid()
    behind = Cursor.behind(Job.objects.for_user(ada).order_by("created_at")[JOBS // 2])

    jobs = behind.jobs(form.filters) if deep else form.filters.jobs()
    plan = jobs.select_related("api_key")[:51].explain()

    assert f"audio_api_job USING INDEX {index} (user_id=?" in plan, plan
    if "request" not in query:
        assert re.search(r"created_at>\? AND created_at<\?\)", plan), plan
        assert "TEMP B-TREE FOR ORDER BY" not in plan, "only what is of one moment is sorted"


@pytest.mark.parametrize(
    "select",
    [
        lambda jobs: jobs.open(),
        lambda jobs: jobs.open().filter(is_detached=True),
        lambda jobs: jobs.with_status("queued"),
        lambda jobs: jobs.with_status("running").filter(is_detached=False),
        lambda jobs: jobs.abandoned(timezone.now()),
        lambda jobs: jobs.filter(pk__in=Job.objects.abandoned(timezone.now()).values("pk")),
        lambda jobs: jobs.filter(api_key=1).open(),
        lambda jobs: jobs.filter(user=1, api_key=None).open(),
        lambda jobs: jobs.filter(user=1).keyed("a key"),
        lambda _: idempotency.stale(),
    ],
)
def test_the_queue_is_found_among_all_jobs(
    ada: User, select: Callable[[JobQuerySet], JobQuerySet]
) -> None:
    plan = select(Job.objects.all()).order_by().explain()

    assert re.search("USING INDEX job_(open|once|kept)", plan), plan
    assert "SCAN audio_api_job" not in plan, plan


def test_what_is_known_is_kept(ada: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'audio_api_job'")
        assert cursor.fetchone()[0] > 10
