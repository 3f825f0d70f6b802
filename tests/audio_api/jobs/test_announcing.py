"""That a job has ended, and that somebody is to be told of it, become true at the same moment."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audio_api.jobs import announcing, detached, settlement, start
from audio_api.jobs.start import Caller
from audio_api.models import Job
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import at_once, run, started
from wallet import services as wallet
from webhooks import endpoints, tasks
from webhooks.models import Delivery, Endpoint

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
URL = "https://example.com/hook"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    woken: list[Any] = []
    monkeypatch.setattr(tasks, "ring", woken.append)
    return woken


@pytest.fixture
def endpoint(user: User) -> Endpoint:
    return endpoints.create(user, url=URL)[0]


def told() -> list[dict[str, Any]]:
    """The bodies of all events, but for what is another one each time."""
    bodies = [json.loads(each.body) for each in Delivery.objects.order_by("created_at")]
    for body in bodies:
        assert body.pop("event_id").startswith("evt_")
        assert body.pop("created_at")
    return bodies


# --- what is told -------------------------------------------------------------------------------
def test_a_job_that_is_done(user: User, endpoint: Endpoint, rung: list[Any]) -> None:
    job = run(started(user))
    assert told() == [
        {
            "event_type": "job.completed",
            "job_id": job.number,
            "job_type": "toy",
            "status": "completed",
        }
    ]
    assert rung == [endpoint.receiver]
    assert Delivery.objects.get().job_number == job.number


def test_a_job_that_failed(user: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    job = toy.failed(user, monkeypatch)
    (body,) = told()
    assert (body["event_type"], body["status"]) == ("job.failed", "failed")
    assert (body["error_message"], body["failure_reason"]) == (job.error_message, "internal_error")


def test_a_job_that_its_owner_cancels(user: User, endpoint: Endpoint) -> None:
    job = started(user)
    assert detached.cancel(job)
    assert not detached.cancel(job)
    (body,) = told()
    assert (body["event_type"], body["status"]) == ("job.cancelled", "cancelled")
    assert (body["error_message"], body["failure_reason"]) == ("Cancelled.", "cancelled")


def test_a_job_that_is_deleted_while_it_runs(user: User, endpoint: Endpoint) -> None:
    detached.delete(started(user))
    assert [body["event_type"] for body in told()] == ["job.cancelled"]


def test_a_job_that_is_run_again_ends_twice(
    user: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = toy.failed(user, monkeypatch)
    toy.does(monkeypatch, toy.one_second)
    again = run(detached.retry(job, request_id="req_2"))
    assert [body["event_type"] for body in told()] == ["job.failed", "job.completed"]
    assert {body["job_id"] for body in told()} == {again.number}


def test_a_job_of_a_kind_that_is_gone(
    user: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(user)
    Job.objects.update(kind="gone")
    assert run(job).status == "failed"
    assert [body["job_type"] for body in told()] == ["gone"]


def test_nobody_is_told_of_a_request_that_somebody_waits_for(
    user: User, endpoint: Endpoint
) -> None:
    caller = Caller(user, None, "req_1")
    job = start.new_job(caller, toy.KIND, toy.ToyParams(), toy.PRICE, toy.HELD_MS)
    start.start(job)
    assert settlement.withdraw(job, code="gone", message="The client left.")
    assert told() == []


def test_nothing_is_written_for_who_has_no_endpoint(user: User) -> None:
    other = User.objects.create_user("other@example.com")
    endpoints.create(other, url=URL)
    run(started(user))
    assert told() == []


def test_whoever_has_no_endpoint_pays_one_query(user: User) -> None:
    job = started(user)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        detached.cancel(job)
    about = [query["sql"] for query in asked if "webhooks_" in query["sql"]]
    assert len(about) == 1


# --- the address that a job brings ----------------------------------------------------------------
def prepared(user: User, url: str = URL) -> Job:
    caller = Caller(user, None, f"req_{uuid.uuid4().hex[:8]}", webhook_url=url)
    return detached.prepare(caller, toy.KIND, toy.ToyParams(), toy.PRICE, toy.HELD_MS)


def test_it_is_told_beside_the_endpoints(user: User) -> None:
    endpoints.create(user, url="https://other.example.com/")
    run(detached.start(prepared(user)))
    targets = [each.target for each in Delivery.objects.select_related("receiver__endpoint")]
    assert sorted(targets) == [URL, "https://other.example.com/"]
    assert Delivery.objects.values("event_id").distinct().count() == 1


def test_it_goes_on_with_a_job_that_is_run_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.does(monkeypatch, toy.made_then(lambda: 1 / 0))
    job = run(detached.start(prepared(user)))
    toy.does(monkeypatch, toy.one_second)
    run(detached.retry(job, request_id="req_2"))
    assert [body["event_type"] for body in told()] == ["job.failed", "job.completed"]
    assert Job.objects.get(pk=job.pk).webhook_url == "", "one row has it"


def test_it_is_erased_with_the_job(user: User) -> None:
    job = run(detached.start(prepared(user)))
    detached.delete(job)
    assert Job.objects.get(pk=job.pk).webhook_url == ""


# --- both or neither ------------------------------------------------------------------------------
@pytest.mark.race
def test_a_crash_after_the_event_is_written_undoes_the_end_of_the_job(
    user: User, endpoint: Endpoint, rung: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(user)
    announce = announcing.announce

    def crash(*args: Any, **kwargs: Any) -> None:
        announce(*args, **kwargs)
        raise SystemExit("killed")

    with monkeypatch.context() as killed:
        killed.setattr(announcing, "announce", crash)
        with pytest.raises(SystemExit):
            detached.cancel(job)
    assert (Job.objects.get().status, told(), rung) == ("queued", [], [])
    assert wallet.balance(user).held_micros == job.held_micros
    assert detached.cancel(job)
    assert len(told()) == 1


@pytest.mark.race
def test_a_crash_before_the_event_is_written_does_so_too(
    user: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(user)

    def crash(*_: Any, **__: Any) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as killed:
        killed.setattr(announcing.outbox, "write", crash)
        with pytest.raises(SystemExit):
            run(job)
    assert (Job.objects.get().status, told()) == ("running", [])
    assert wallet.balance(user).held_micros == job.held_micros, "nothing was charged"


@pytest.mark.race
def test_of_many_who_end_a_job_one_tells_of_it(user: User, endpoint: Endpoint) -> None:
    job = started(user)
    assert sum(at_once([lambda: detached.cancel(job)] * 6)) == 1
    assert len(told()) == 1


@pytest.mark.race
def test_an_endpoint_that_is_removed_meanwhile_hinders_no_end(
    user: User, endpoint: Endpoint
) -> None:
    jobs = [started(user) for _ in range(4)]
    ends = [lambda job=job: detached.cancel(job) for job in jobs]
    done = at_once([*ends, lambda: endpoints.remove(endpoint)])
    assert done == [True] * 4 + [None]


def test_a_queue_that_is_away_hinders_no_end(
    user: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    toy.sell(monkeypatch)
    monkeypatch.setattr(detached, "enqueue", lambda job: None)

    def away(*_: object) -> None:
        raise ConnectionError("no queue")

    monkeypatch.setattr(tasks.deliver, "send", away)
    job = started(user)
    assert detached.cancel(job)
    assert len(told()) == 1
