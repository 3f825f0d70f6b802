"""The page of operations: who works, what waits, what went wrong, and nothing that is secret."""

from __future__ import annotations

import re
import time
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audio_api.jobs import sweeper
from audio_api.models import Job
from audio_api.process import boot, embedded
from dashboard.admin import operations
from tests.wallet.cast import fund
from wallet.models import Hold, StripeEvent

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def as_boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.com")


def job(user: User, **columns: Any) -> Job:
    now = timezone.now()
    usual: dict[str, Any] = {
        "user": user, "request_id": "req_1", "kind": "speech", "model": "tts-1", "held_micros": 1,
        "price_micros_per_minute": 40_000, "queue_deadline": now, "params": {"text": "a secret"},
    }  # fmt: skip
    return Job.objects.create(**usual | columns)


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("admin:operations"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_short_and_long_jobs_wait_in_queues_of_their_own(ada: User) -> None:
    now = timezone.now()
    oldest, older = now - timedelta(minutes=9), now - timedelta(minutes=2)
    job(ada, created_at=older)
    job(ada, kind="transcription", params={"seconds": 3.5})
    job(ada, kind="transcription", params={"seconds": 3600.0}, created_at=oldest)

    short, long, _ = operations.look().queues

    assert (short.name, short.jobs, short.oldest_at) == ("interactive", 2, older)
    assert (long.name, long.jobs, long.oldest_at) == ("batch", 1, oldest)
    assert short.is_deserted, "no worker runs in a test"


def test_detached_jobs_wait_in_a_queue_of_their_own(ada: User) -> None:
    older = timezone.now() - timedelta(minutes=2)
    job(ada, is_detached=True, created_at=older)
    job(ada, is_detached=True, kind="transcription", params={"seconds": 3600.0})

    short, long, background = operations.look().queues

    assert (short.jobs, long.jobs) == (0, 0)
    assert (background.name, background.jobs, background.oldest_at) == ("background", 2, older)


def test_how_far_a_detached_job_is_stands_among_those_that_run(as_boss: Client, ada: User) -> None:
    job(ada, is_detached=True, status="running", started_at=timezone.now(), progress=45, stage="x1")
    assert "45 % x1" in " ".join(page(as_boss).split())


def test_the_threads_of_an_embedded_server_are_its_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = {"interactive": 2, "batch": 1, "background": 3}
    monkeypatch.setattr(embedded, "threads", lambda: threads)
    figures = operations.look()
    assert [queue.threads for queue in figures.queues] == [2, 1, 3]
    assert [worker.threads for worker in figures.workers] == [threads]


def test_workers_of_a_grown_up_server_tell_of_themselves(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://nobody.invalid"
    told = {
        "since": time.time() - 7200,
        "threads": {"batch": 3},
        "engines": ["kokoro"],
        "broken": {"whisper": "hears nothing"},
    }
    monkeypatch.setattr(boot, "workers_alive", lambda: {"host-a:17": told})
    monkeypatch.setattr(operations, "messages", lambda queue: 4)
    monkeypatch.setattr(operations, "_of_redis", lambda: "7.0")

    figures = operations.look()

    [worker] = figures.workers
    assert (worker.name, worker.engines) == ("host-a:17", ["kokoro"])
    assert worker.broken == {"whisper": "hears nothing"}
    assert [(queue.threads, queue.messages) for queue in figures.queues] == [
        (0, 4), (3, 4), (0, 4),
    ]  # fmt: skip


def test_a_redis_that_is_silent_is_said_and_does_not_break_the_page(
    as_boss: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silence() -> Any:
        raise redis.ConnectionError

    settings.REDIS_URL = "redis://nobody.invalid"
    monkeypatch.setattr(boot, "workers_alive", silence)
    monkeypatch.setattr(operations, "_of_redis", lambda: "does not answer")
    assert "Redis does not answer: ConnectionError" in page(as_boss)


def test_running_jobs_are_shown_with_their_account_and_never_with_a_text(
    as_boss: Client, ada: User
) -> None:
    now = timezone.now()
    job(ada, status="running", started_at=now - timedelta(hours=2), lease_until=now)
    shown = page(as_boss)
    assert "1 job is being worked on" in shown
    assert ada.email in shown
    assert "lost: the sweeper sees to it" in shown
    assert "a secret" not in shown


def test_the_last_hour_and_the_errors_of_a_day_are_counted(ada: User) -> None:
    now = timezone.now()
    for code, minutes in (("engine_error", 5), ("engine_error", 90), ("worker_lost", 3000)):
        created = now - timedelta(minutes=minutes)
        job(ada, status="failed", error_code=code, created_at=created)
    job(ada, status="succeeded")

    figures = operations.look()

    assert dict(figures.last_hour) == {
        "queued": 0, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    assert figures.errors == [("engine_error", 2)]


def test_holds_and_events_that_nobody_saw_to_stand_out(as_boss: Client, ada: User) -> None:
    now = timezone.now()
    for late in (True, False):
        expires = now + timedelta(seconds=-5 if late else 300)
        Hold.objects.create(user=ada, job_id=uuid.uuid4(), amount_micros=20, expires_at=expires)
    StripeEvent.objects.create(
        id="evt_1", type="charge.refunded", livemode=False, created_at=now, status="failed"
    )
    figures = operations.look()
    assert figures.holds == {"open": 2, "overdue": 1, "micros": 40}
    assert figures.payments["unprocessed"] == 1
    assert "2 · $0.00004" in page(as_boss)


def test_money_on_closed_accounts_stands_out(as_boss: Client, ada: User) -> None:
    assert operations.look().left_behind == {"accounts": 0, "micros": 0}
    for number in range(2):
        gone = User.objects.create_user(f"closed-{number}@closed.invalid", is_active=False)
        User.objects.filter(pk=gone.pk).update(closed_at=timezone.now())
        if number:
            fund(gone, 5_000_000)
    fund(ada, 7_000_000)

    assert operations.look().left_behind == {"accounts": 1, "micros": 5_000_000}

    shown = page(as_boss)
    assert "1 · $5.00" in shown
    [link] = re.findall(r'href="([^"]*posted_micros[^"]*)"', shown)
    wallets = as_boss.get(unescape(link))
    assert wallets.status_code == 200
    listed = wallets.content.decode()
    assert "closed-1@closed.invalid" in listed
    assert "closed-0@" not in listed
    assert ada.email not in listed


def test_a_sweeper_that_is_missing_is_noticed(settings: Settings) -> None:
    cache.delete(sweeper.LAST_SWEEP)
    assert operations.look().is_sweep_late
    sweeper.sweep()
    assert not operations.look().is_sweep_late
    settings.SWEEP_SECONDS = 0
    assert operations.look().is_sweep_late


def test_it_refreshes_itself_until_it_is_told_not_to(as_boss: Client) -> None:
    assert 'hx-trigger="every 5s"' in page(as_boss)
    assert "hx-trigger" not in page(as_boss, refresh="off")


def test_it_takes_as_many_queries_for_many_jobs(
    as_boss: Client, ada: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14) as few:
        page(as_boss)
    for number in range(40):
        job(ada, status=["queued", "running", "failed"][number % 3], started_at=timezone.now())
    with django_assert_max_num_queries(len(few)):
        page(as_boss)


def test_it_is_for_staff_who_may_see_jobs(client: Client) -> None:
    address = reverse("admin:operations")
    assert client.get(address).status_code == 302
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    client.force_login(clerk)
    assert client.get(address).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename="view_job"))
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405
