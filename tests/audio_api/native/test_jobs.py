"""`/jobs/…`: what an account, and a key of it, may see of its jobs and do with them."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from waffle.testutils import override_switch

from accounts.models import ApiKey, User
from accounts.services import KeyLimits
from audio_api.jobs import detached, files
from audio_api.models import Job, JobFile
from audio_api.native.objects import job_object
from audio_api.native.task_ids import task_id
from tests.audio_api.native.cast import cancelled, failed, first_output, queued, running, succeeded
from tests.calling import Caller, calling_as, error_of
from tests.minutes import begin_well_before_the_next
from tests.wallet.cast import money_of
from wallet import audit, services
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("whole_ledger")]


@pytest.fixture
def caller(ada: User) -> Caller:
    return calling_as(ada)


def unlinked(body: dict[str, Any]) -> dict[str, Any]:
    """A job without its links, which are made anew each time."""
    return body | {"output_url": None, "output_urls": None, "download_urls": None}


# --- one job --------------------------------------------------------------------------------
def test_a_job_by_its_number_and_by_its_uuid(ada: User, caller: Caller) -> None:
    job = succeeded(ada)
    for ident in (job.number, job.pk, job_object(job)["task_id"]):
        answer = caller.get(f"/jobs/{ident}")
        assert answer.status_code == 200
        assert unlinked(answer.json()) == unlinked(job_object(job))
        assert answer.headers["Cache-Control"] == "no-store", "its links open without a key"


IDENTS = ["1", "9" * 18, "9" * 30, "0", "-1", "1.5", "x", "٣", "%00", str(uuid.UUID(int=7))]


@pytest.mark.parametrize("ident", IDENTS)
@pytest.mark.parametrize(
    ("method", "action"),
    [("get", ""), ("delete", ""), ("post", "/cancel"), ("post", "/retry")],
)
def test_a_job_that_is_not_there(caller: Caller, ident: str, method: str, action: str) -> None:
    body = [{}] if method == "post" else []
    answer = getattr(caller, method)(f"/jobs/{ident}{action}", *body)
    assert error_of(answer, 404)["code"] == "job_not_found"
    assert answer.json()["error_code"] == "JOB_NOT_FOUND"
    assert answer.json()["detail"] == "This account has no job of that id."


def test_a_job_of_another_account_is_not_there(ada: User, eve: User) -> None:
    job, stranger = running(ada), calling_as(eve)
    for answer in (
        stranger.get(f"/jobs/{job.number}"),
        stranger.delete(f"/jobs/{job.number}"),
        stranger.post(f"/jobs/{job.pk}/cancel", {}),
        stranger.post(f"/jobs/{job.pk}/retry", {}),
    ):
        assert error_of(answer, 404)["code"] == "job_not_found"
    job.refresh_from_db()
    assert job.status == "running"
    assert stranger.get("/jobs").json() == []


def test_a_request_that_a_client_waits_for_is_no_job_here(ada: User, caller: Caller) -> None:
    job = succeeded(ada)
    Job.objects.update(is_detached=False)
    assert caller.get(f"/jobs/{job.pk}").status_code == 404
    assert caller.get("/jobs").json() == []


# --- what a key may do ----------------------------------------------------------------------
def test_a_key_may_look_after_the_jobs_that_it_may_ask_for(ada: User) -> None:
    job = failed(ada)
    speaks = calling_as(ada, scopes=["voice:synthesize"])
    hears = calling_as(ada, scopes=["transcribe"])
    assert speaks.get(f"/jobs/{job.number}").status_code == 200
    for answer in (
        hears.get(f"/jobs/{job.number}"),
        hears.delete(f"/jobs/{job.number}"),
        hears.post(f"/jobs/{job.number}/cancel", {}),
        hears.post(f"/jobs/{job.number}/retry", {}),
    ):
        assert error_of(answer, 403)["code"] == "missing_scope"
    assert len(speaks.get("/jobs").json()) == 1
    assert hears.get("/jobs").json() == []
    nothing = calling_as(ada, scopes=["wallet:read"])
    assert error_of(nothing.get("/jobs"), 403)["code"] == "missing_scope"


# --- many jobs ------------------------------------------------------------------------------
def test_jobs_are_listed_the_newest_first_with_their_number(ada: User, caller: Caller) -> None:
    now = timezone.now()
    jobs = [queued(ada) for _ in range(5)]
    for age, job in enumerate(jobs):
        Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(hours=age))
    detached.delete(jobs[4])
    answer = caller.get("/jobs")
    assert [row["id"] for row in answer.json()] == [job.number for job in jobs[:4]]
    assert answer.headers["X-Total-Count"] == "4"
    for first in ("skip", "offset"):
        answer = caller.get("/jobs", **{first: 1, "limit": 2})
        assert [row["id"] for row in answer.json()] == [job.number for job in jobs[1:3]]
        assert answer.headers["X-Total-Count"] == "4"


def test_a_list_costs_as_many_queries_for_one_job_as_for_five(
    ada: User, caller: Caller, django_assert_max_num_queries: Any
) -> None:
    jobs = [succeeded(ada) for _ in range(5)]
    with django_assert_max_num_queries(8):
        answer = caller.get("/jobs")
    assert len({row["output_url"] for row in answer.json()}) == len(jobs)


def test_jobs_of_a_state(ada: User, caller: Caller) -> None:
    made = {
        "pending": [queued(ada)],
        "PROCESSING": [running(ada)],
        "Completed": [succeeded(ada)],
        "failed": [failed(ada), cancelled(ada)],
    }
    made["cancelled"] = made["failed"][1:]
    for state, jobs in made.items():
        found = {row["id"] for row in caller.get("/jobs", status=state).json()}
        assert found == {job.number for job in jobs}, state


def test_jobs_of_a_type(ada: User, caller: Caller) -> None:
    spoken, heard = queued(ada), queued(ada, kind="transcription")
    for name, jobs in {
        "speech": [spoken],
        "text_to_speech": [spoken],
        "transcription": [heard],
        "stems": [],
    }.items():
        answer = caller.get("/jobs", job_type=name)
        assert [row["id"] for row in answer.json()] == [job.number for job in jobs], name


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"skip": -1}, {"offset": "x"}, {"status": "odd"}]
)
def test_a_query_without_sense_is_refused(caller: Caller, query: dict[str, Any]) -> None:
    error = error_of(caller.get("/jobs", **query), 400)
    assert error["param"] in query


# --- deleting -------------------------------------------------------------------------------
def test_a_job_is_deleted_with_its_files_and_once_more_without_harm(
    ada: User, caller: Caller
) -> None:
    job = succeeded(ada)
    path = first_output(job).path
    for _ in range(2):
        answer = caller.delete(f"/jobs/{job.number}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert caller.get(f"/jobs/{job.number}").status_code == 404
    assert not default_storage.exists(path)
    assert not JobFile.objects.exists()
    job.refresh_from_db()
    assert job.cost_micros == 5_000, "the record of usage stays"


@pytest.mark.parametrize("made", [queued, running])
def test_an_open_job_is_cancelled_first(
    ada: User, caller: Caller, made: Any, recording: Path
) -> None:
    job = made(ada, recording)
    assert money_of(ada) == (1_000_000, 10_000)
    assert caller.delete(f"/jobs/{job.number}").status_code == 204
    job.refresh_from_db()
    assert (job.status, money_of(ada)) == ("cancelled", (1_000_000, 0))
    assert default_storage.listdir(files.FOLDER)[1] == []


# --- cancelling -----------------------------------------------------------------------------
@pytest.mark.parametrize("made", [queued, running])
def test_an_open_job_is_cancelled_and_costs_nothing(ada: User, caller: Caller, made: Any) -> None:
    job = made(ada)
    for _ in range(2):
        answer = caller.post(f"/jobs/{job.number}/cancel", {})
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["error_message"]) == ("FAILED", "Cancelled.")
    assert money_of(ada) == (1_000_000, 0)


def test_a_job_that_is_over_stays_as_it_was(ada: User, caller: Caller) -> None:
    job = succeeded(ada)
    answer = caller.post(f"/jobs/{job.number}/cancel", {})
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")
    assert money_of(ada) == (995_000, 0)


# --- once more ------------------------------------------------------------------------------
@pytest.mark.parametrize("made", [failed, cancelled])
def test_a_job_is_run_again_under_its_number(ada: User, caller: Caller, made: Any) -> None:
    job = made(ada)
    answer = caller.post(f"/jobs/{job.number}/retry", {})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["status"]) == (job.number, "PENDING")
    assert told["task_id"] == job_object(job)["task_id"], "whichever name a client kept"
    assert caller.get(f"/jobs/{told['task_id']}").json()["status"] == "PENDING"
    assert money_of(ada) == (1_000_000, 10_000)
    again = Job.objects.get(number=job.number)
    assert again.api_key == ApiKey.objects.get(), "the key that asked for it pays"
    assert again.request_id == answer.headers["x-request-id"]
    assert "x-ratelimit-remaining-requests" in answer.headers


def test_what_ended_and_was_run_again_is_no_job_any_more(ada: User, caller: Caller) -> None:
    """Nothing is called deleted that is still there."""
    job = failed(ada)
    caller.post(f"/jobs/{job.number}/retry", {})
    assert caller.delete(f"/jobs/{job.pk}").status_code == 404
    assert caller.delete(f"/jobs/{task_id(job.number or 0)}").status_code == 204
    assert caller.get(f"/jobs/{job.number}").status_code == 404
    assert money_of(ada) == (1_000_000, 0)


@pytest.mark.parametrize("made", [queued, running, succeeded])
def test_a_job_that_did_not_fail_is_not_run_again(ada: User, caller: Caller, made: Any) -> None:
    job = made(ada)
    error = error_of(caller.post(f"/jobs/{job.number}/retry", {}), 409)
    assert error["code"] == "job_not_retryable"


def test_a_retry_that_cannot_be_paid_leaves_the_job_as_it_was(ada: User, caller: Caller) -> None:
    job = failed(ada)
    services.hold(user=ada, job_id=uuid.uuid4(), amount_micros=999_000, seconds=60)
    answer = caller.post(f"/jobs/{job.number}/retry", {})
    assert (answer.status_code, answer.json()["error"]) == (402, "insufficient_api_balance")
    assert caller.get(f"/jobs/{job.number}").json()["status"] == "FAILED"
    Hold.objects.filter(state="open").update(expires_at=timezone.now())
    services.release(job_id=Hold.objects.get(state="open").job_id)
    assert caller.post(f"/jobs/{job.number}/retry", {}).status_code == 200


def test_a_retry_counts_as_a_request_of_its_key(ada: User, settings: Any) -> None:
    job = failed(ada)
    caller = calling_as(ada, limits=KeyLimits(requests_per_minute=1))
    begin_well_before_the_next()
    assert caller.post(f"/jobs/{job.number}/retry", {}).status_code == 200
    error = error_of(caller.post(f"/jobs/{job.number}/retry", {}), 429)
    assert error["code"] == "rate_limit_exceeded"


def test_what_is_switched_off_is_not_run_again(
    ada: User, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = failed(ada)
    with override_switch("speech", active=False):
        error = error_of(caller.post(f"/jobs/{job.number}/retry", {}), 503)
    assert error["code"] == "switched_off"


# --- all at once ----------------------------------------------------------------------------
MANY = 16


def at_once(ada: User, method: str, path: str) -> list[int]:
    """The statuses of as many requests, all begun together."""
    callers, gate = [calling_as(ada) for _ in range(MANY)], Barrier(MANY)

    def ask(caller: Caller) -> int:
        gate.wait()
        try:
            body = [{}] if method == "post" else []
            status: int = getattr(caller, method)(path, *body).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return sorted(pool.map(ask, callers))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("made", [queued, running, succeeded])
def test_sixteen_cancel_a_job(ada: User, made: Any) -> None:
    job = made(ada)
    assert at_once(ada, "post", f"/jobs/{job.number}/cancel") == [200] * MANY
    assert money_of(ada) == ((995_000, 0) if made is succeeded else (1_000_000, 0))
    assert audit.audit().breaches == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("made", [queued, running, failed])
def test_sixteen_delete_a_job(ada: User, made: Any, recording: Path) -> None:
    job = made(ada, upload=recording)
    assert at_once(ada, "delete", f"/jobs/{job.number}") == [204] * MANY
    assert money_of(ada) == (1_000_000, 0)
    assert default_storage.listdir(files.FOLDER)[1] == []
    assert audit.audit().breaches == []


@pytest.mark.django_db(transaction=True)
def test_sixteen_run_a_job_again_and_one_does(ada: User, recording: Path) -> None:
    job = failed(ada, upload=recording)
    statuses = at_once(ada, "post", f"/jobs/{job.number}/retry")
    assert statuses == [200, *[409] * (MANY - 1)]
    assert money_of(ada) == (1_000_000, 10_000)
    again = Job.objects.get(number=job.number)
    assert again.files.count() == 1, "it has the input of the first"
    assert audit.audit().breaches == []
