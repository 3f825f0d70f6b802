"""Staff read jobs, without the texts of customers; open ones can be ended or handed on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audio_api.channel import Failed
from audio_api.jobs import attempts, tasks
from audio_api.models import Job
from tests.audio_api.halves import CREDIT, events, leave, past_its_lease, speaks, speech, spent
from tests.dashboard.jobs import cast
from wallet import services as wallet

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
        kind="speech",
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


# --- finding them -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"from": "playground"}, True),
        ({"from": "api"}, False),
        ({"stuck": "open"}, False),
        ({"stuck": "lost"}, False),
        ({"status__exact": "succeeded"}, True),
        ({"kind__exact": "transcription"}, False),
    ],
)
def test_jobs_are_filtered(
    as_boss: Client, job: Job, asked: dict[str, str], is_found: bool
) -> None:
    page = as_boss.get(reverse("admin:audio_api_job_changelist"), asked)
    assert (page.context["cl"].result_count == 1) is is_found


def test_jobs_of_a_key_and_those_with_an_error_are_found(as_boss: Client, job: Job) -> None:
    key, _ = create_api_key(user=job.user, name="Laptop")
    Job.objects.update(api_key=key, status=Job.Status.FAILED, cost_micros=0, error_code="lost")
    listing = reverse("admin:audio_api_job_changelist")
    for asked in ({"api_key__id__exact": key.pk}, {"from": "api"}, {"error": "lost"}):
        assert as_boss.get(listing, asked).context["cl"].result_count == 1
    assert "?error=lost" in as_boss.get(listing).content.decode()


def test_listing_jobs_takes_as_many_queries_for_many(
    as_boss: Client, job: Job, django_assert_max_num_queries: Any
) -> None:
    listing = reverse("admin:audio_api_job_changelist")
    with django_assert_max_num_queries(12) as few:
        as_boss.get(listing)
    for number in range(30):
        user = User.objects.create_user(f"ada{number}@example.com")
        Job.objects.create(
            user=user, request_id="r", kind="speech", model="tts-1", held_micros=1,
            price_micros_per_minute=1, queue_deadline=timezone.now(), params={},
        )  # fmt: skip
    with django_assert_max_num_queries(len(few)):
        as_boss.get(listing)


# --- ending and handing on ----------------------------------------------------------------------
@pytest.fixture
def ada(db: None) -> User:
    user = User.objects.create_user("ada@example.org")
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="gift", actor="command:t", idempotency_key="g"
    )
    return user


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were put into a queue."""
    ids: list[str] = []
    monkeypatch.setattr(tasks.run_interactive, "send", ids.append)
    return ids


def act(client: Client, action: str, *jobs: Job) -> str:
    chosen = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    answer = client.post(reverse("admin:audio_api_job_changelist"), chosen, follow=True)
    assert answer.status_code == 200
    return "\n".join(str(message) for message in answer.context["messages"])


def test_a_job_in_the_queue_is_cancelled_at_once_and_costs_nothing(
    as_boss: Client, ada: User, sent: list[str]
) -> None:
    job, reader = speech(ada)

    page = act(as_boss, "cancel_jobs", job)

    job.refresh_from_db()
    assert (job.status, job.error_code) == ("cancelled", "cancelled_by_administrator")
    assert "text" not in job.params
    assert spent(ada) == 0
    [told] = events(reader)
    assert isinstance(told, Failed)
    assert (told.status, "not charged" in told.message) == (503, True)
    assert "nothing was charged: 1" in page
    attempts.run(job.id)  # its message is still in the queue
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_a_running_job_is_ended_as_when_its_client_leaves(
    as_boss: Client, ada: User, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the client has got by then is charged, and what comes after is not made."""
    job, reader = speech(ada)
    pages: list[str] = []

    def administrator() -> None:
        pages.append(act(as_boss, "cancel_jobs", Job.objects.get(pk=job.pk)))
        assert isinstance(events(reader)[-1], Failed), "the client is told"
        leave(reader, delivered_ms=600)  # and hangs up

    speaks(monkeypatch, 0.6, administrator, 0.6)
    attempts.run(job.id)

    job.refresh_from_db()
    assert (job.status, job.audio_ms) == ("cancelled", 600)
    assert spent(ada) == job.cost_micros > 0
    assert "being cancelled" in pages[0]


def test_a_running_job_whose_result_is_kept_goes_on(
    as_boss: Client, ada: User, sent: list[str]
) -> None:
    job, _ = speech(ada)
    Job.objects.update(status=Job.Status.RUNNING, idempotency_key="once", lease_until=None)
    assert "ask for the result again" in act(as_boss, "cancel_jobs", job)
    job.refresh_from_db()
    assert job.status == "running"


def test_a_running_job_without_a_client_is_left_to_its_worker(
    as_boss: Client, ada: User, sent: list[str]
) -> None:
    job, reader = speech(ada)
    Job.objects.update(status=Job.Status.RUNNING)
    leave(reader)
    assert "its client has gone" in act(as_boss, "cancel_jobs", job)


def test_what_is_over_is_neither_cancelled_nor_run_again(as_boss: Client, job: Job) -> None:
    assert "was over already: 1" in act(as_boss, "cancel_jobs", job)
    assert "its text is erased" in act(as_boss, "hand_over_jobs", job)
    job.refresh_from_db()
    assert (job.status, job.cost_micros) == ("succeeded", 8_334)


def test_a_job_whose_message_was_lost_is_put_into_the_queue_again(
    as_boss: Client, ada: User, sent: list[str]
) -> None:
    job, _ = speech(ada)
    sent.clear()
    assert "put into the queue again: 1" in act(as_boss, "hand_over_jobs", job)
    assert sent == [str(job.id)]


def test_a_job_whose_worker_died_runs_anew_without_waiting_for_the_sweeper(
    as_boss: Client, ada: User, sent: list[str]
) -> None:
    job, _ = speech(ada)
    Job.objects.claim(job.pk, lease=timedelta(seconds=60))
    sent.clear()
    assert "a worker is at it: 1" in act(as_boss, "hand_over_jobs", job)
    assert sent == []
    past_its_lease(job)
    assert "its worker was lost" in act(as_boss, "hand_over_jobs", job)
    assert sent == [str(job.id)]


def test_each_is_on_record(as_boss: Client, ada: User, sent: list[str]) -> None:
    job, _ = speech(ada)
    LogEntry.objects.all().delete()
    act(as_boss, "hand_over_jobs", job)
    act(as_boss, "cancel_jobs", job)
    done = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
    assert [(pk, words.split(":")[0]) for pk, words in done] == [
        (str(job.pk), "Retry"),
        (str(job.pk), "Cancel"),
    ]


def test_who_only_looks_can_do_neither(client: Client, ada: User, sent: list[str]) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client.force_login(clerk)
    job, _ = speech(ada)
    page = client.get(reverse("admin:audio_api_job_changelist")).content.decode()
    assert "cancel_jobs" not in page
    act(client, "cancel_jobs", job)
    job.refresh_from_db()
    assert job.status == "queued"


# --- those that no client waits for -------------------------------------------------------------
@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the detached jobs that were put into their lane."""
    ids: list[str] = []
    monkeypatch.setattr(tasks.run_detached, "send", ids.append)
    return ids


def test_a_detached_job_shows_how_far_it_is_and_its_files_without_content(
    as_boss: Client, ada: User, lane: list[str], settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    job = cast.done(ada, ("private name.mp3", "audio/mpeg", b"x" * 2048), name="a private name")
    open_job = cast.running(ada, progress=45, stage="speaking")

    listing = as_boss.get(reverse("admin:audio_api_job_changelist")).content.decode()
    page = as_boss.get(reverse("admin:audio_api_job_change", args=[job.pk])).content.decode()

    assert "45 % speaking" in listing
    for shown in (str(job.number), "100 %", "audio/mpeg", "2.0", "Kept until"):
        assert shown in page
    for secret in ("private name", cast.SAID):
        assert secret not in page
    assert 'name="_save"' not in page
    changed = reverse("admin:audio_api_job_change", args=[open_job.pk])
    assert as_boss.post(changed, {}).status_code == 403
    found = as_boss.get(reverse("admin:audio_api_job_changelist"), {"q": str(job.number)})
    assert [one.pk for one in found.context["cl"].result_list] == [job.pk]


@pytest.mark.parametrize(("asked", "count"), [("yes", 1), ("no", 1), ("", 2)])
def test_detached_jobs_are_filtered(
    as_boss: Client, ada: User, job: Job, lane: list[str], asked: str, count: int
) -> None:
    cast.waiting(ada)
    query = {"detached": asked} if asked else {}
    page = as_boss.get(reverse("admin:audio_api_job_changelist"), query)
    assert page.context["cl"].result_count == count


@pytest.mark.parametrize("make", [cast.waiting, cast.running])
def test_a_detached_job_is_cancelled_at_once_even_while_it_runs(
    as_boss: Client, ada: User, lane: list[str], make: Any
) -> None:
    job = make(ada)
    assert "cancelled; nothing was charged: 1" in act(as_boss, "cancel_jobs", job)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("cancelled", "cancelled_by_administrator")
    assert spent(ada) == 0
    assert "was over already: 1" in act(as_boss, "cancel_jobs", job)


def test_a_detached_job_is_handed_to_its_lane_again(
    as_boss: Client, ada: User, lane: list[str]
) -> None:
    job = cast.waiting(ada)
    lane.clear()
    assert "put into the queue again: 1" in act(as_boss, "hand_over_jobs", job)
    Job.objects.claim(job.pk, lease=timedelta(seconds=60))
    assert "a worker is at it: 1" in act(as_boss, "hand_over_jobs", job)
    past_its_lease(job)
    assert "its worker was lost" in act(as_boss, "hand_over_jobs", job)
    assert lane == [str(job.id)] * 2
    act(as_boss, "cancel_jobs", job)
    assert "only its owner can run it again" in act(as_boss, "hand_over_jobs", job)
