"""A job that no client waits for: what it costs, who may end it, and what crashes leave of it."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from dramatiq import Worker

from accounts.models import User
from audio_api.jobs import attempts, detached, interventions, lanes, settlement, sweeper, tasks
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.jobs.leases import LeaseLost
from audio_api.models import Job, JobFile
from audio_api.models.job import NUMBERS, random_number
from audio_api.process import embedded
from audiopod.common.problem import Problem
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, broker, messages
from tests.audio_api.halves import CREDIT, Settings, past_its_lease, spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, does, run, started
from tests.harness.programs import wait_until
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _toys(monkeypatch: Patch) -> None:
    toy.sell(monkeypatch)
    does(monkeypatch, toy.one_second)


@pytest.fixture(autouse=True)
def sent(monkeypatch: Patch) -> list[uuid.UUID]:
    """The jobs whose messages were sent."""
    jobs: list[uuid.UUID] = []
    for module in (detached, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: jobs.append(job.id))
    return jobs


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each call returned or raised, all begun together in threads of their own."""
    gate = threading.Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return one()
        except Exception as error:  # noqa: BLE001 - the outcome
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


# --- what it costs ------------------------------------------------------------------------------
def test_it_is_settled_when_its_output_is_stored_though_nobody_listens(user: User) -> None:
    job = started(user)
    assert wallet.balance(user).held_micros == job.held_micros == 10 * SECOND_MICROS
    done = run(job)
    assert (done.status, done.progress, done.stage) == ("succeeded", 100, "")
    assert (done.audio_ms, done.cost_micros, spent(user)) == (1_000, SECOND_MICROS, SECOND_MICROS)
    assert toy.rows_of(done) == [("output", "audio")]
    assert done.kept_until is not None
    assert done.kept_until > timezone.now()


@pytest.mark.parametrize(
    ("ms", "cost", "written_off"),
    [
        (0, 0, 0),
        (1, 1, 0),
        (9_999, 9_999, 0),
        (10_000, 10_000, 0),
        (10_001, 10_000, 1),
        (3_600_000, 10_000, 3_590_000),
    ],
)
def test_it_costs_what_was_made_and_never_more_than_its_hold(
    user: User, monkeypatch: Patch, ms: int, cost: int, written_off: int
) -> None:
    does(monkeypatch, toy.of_length(ms))
    done = run(started(user))
    assert (done.status, done.audio_ms) == ("succeeded", ms)
    assert (done.cost_micros, done.written_off_micros, spent(user)) == (cost, written_off, cost)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("broken"), "internal_error"),
        (InputRefused("This file has no sound.", "no_sound"), "no_sound"),
    ],
)
def test_a_failure_costs_nothing_and_leaves_no_output(
    user: User, monkeypatch: Patch, tmp_path: Path, error: Exception, code: str
) -> None:
    def fail() -> None:
        raise error

    does(monkeypatch, toy.made_then(fail))
    done = run(started(user, toy.upload(tmp_path)))
    assert (done.status, done.error_code, spent(user)) == ("failed", code, 0)
    assert toy.rows_of(done) == [("upload", "upload")]
    assert len(toy.stored()) == 1, "the upload is kept for another try; the output is gone"


def test_words_of_a_refusal_reach_the_client_whatever_is_in_them(
    user: User, monkeypatch: Patch
) -> None:
    def refuse(attempt: Attempt) -> int:
        raise InputRefused("The file “a\x00b” has no sound.", "no_sound")

    does(monkeypatch, refuse)
    done = run(started(user))
    assert (done.status, done.error_message) == ("failed", "The file “ab” has no sound.")


def test_a_kind_without_detached_work_fails_and_costs_nothing(user: User) -> None:
    job = started(user)
    Job.objects.filter(pk=job.pk).update(kind="speech")
    done = run(job)
    assert (done.status, done.error_code, spent(user)) == ("failed", "internal_error", 0)


def test_without_money_nothing_is_kept(user: User, tmp_path: Path) -> None:
    job = toy.prepared(user)
    job.held_micros = CREDIT + 1
    with pytest.raises(wallet.InsufficientBalance):
        detached.start(job, [toy.upload(tmp_path)])
    assert not Job.objects.exists()
    assert toy.stored() == []


def test_redelivered_messages_charge_once(user: User, monkeypatch: Patch) -> None:
    runs = []
    does(monkeypatch, toy.made_then(lambda: runs.append(1)))
    job = started(user)
    at_once([lambda: attempts.run(job.id)] * 4)
    run(job)
    assert (len(runs), spent(user)) == (1, SECOND_MICROS)
    assert Job.objects.get(pk=job.pk).attempt == 1


# --- cancelled and deleted ----------------------------------------------------------------------
def test_a_queued_job_is_cancelled_at_once_and_no_worker_takes_it(
    user: User, tmp_path: Path
) -> None:
    job = started(user, toy.upload(tmp_path))
    assert detached.cancel(job)
    assert not detached.cancel(job)
    done = run(job)
    assert (done.status, done.error_code, done.attempt) == ("cancelled", "cancelled", 0)
    assert spent(user) == 0


def test_a_running_job_is_cancelled_at_once_and_its_worker_stops(
    user: User, monkeypatch: Patch
) -> None:
    job = started(user)

    def work(attempt: Attempt) -> int:
        toy.one_second(attempt)
        assert detached.cancel(job)
        assert wallet.balance(user).held_micros == 0, "nothing waits for the worker"
        attempt.alive(progress=0.5)
        pytest.fail("the worker went on")

    does(monkeypatch, work)
    done = run(job)
    assert (done.status, spent(user)) == ("cancelled", 0)
    assert toy.stored() == []


def test_a_job_cancelled_in_the_moment_of_its_success_costs_nothing(
    user: User, monkeypatch: Patch
) -> None:
    job = started(user)
    does(monkeypatch, toy.made_then(lambda: detached.cancel(job)))
    done = run(job)
    assert (done.status, spent(user), toy.rows_of(done)) == ("cancelled", 0, [])
    assert toy.stored() == []


def test_a_cancellation_that_comes_too_late_changes_nothing(user: User) -> None:
    done = run(started(user))
    assert not detached.cancel(done)
    done.refresh_from_db()
    assert (done.status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_success_and_cancellation_race_for_a_job(user: User) -> None:
    expected = 0
    for _ in range(6):
        job = toy.taken(started(user))

        def succeed(job: Job = job) -> None:
            settlement.succeed(job, 1, audio_ms=1_000)

        outcomes = at_once([succeed, lambda job=job: detached.cancel(job)])
        job.refresh_from_db()
        won = job.status == "succeeded"
        assert isinstance(outcomes[0], LeaseLost) is not won
        assert outcomes[1] is not won
        expected += SECOND_MICROS if won else 0
    assert spent(user) == expected


@pytest.mark.parametrize("claimed", [False, True])
def test_staff_and_owners_cancel_it_like_that_too(user: User, claimed: bool) -> None:
    job = started(user, key="kept for the client")
    if claimed:
        toy.taken(job)
    job.refresh_from_db()
    assert interventions.cancel(job) is interventions.Cancelled.ENDED
    assert interventions.cancel(job) is interventions.Cancelled.OVER
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("cancelled", "cancelled_by_administrator")
    assert spent(user) == 0


def test_a_deleted_job_leaves_its_record_of_usage_alone(user: User, tmp_path: Path) -> None:
    job = run(started(user, toy.upload(tmp_path), key="k"))
    number = job.number
    detached.delete(job)
    job.refresh_from_db()
    assert job.number == number, "a client that deletes it once more asks by it"
    assert (job.display_name, job.kept_until) == ("", None)
    assert job.params == {"mode": "loud"}
    assert job.deleted_at is not None
    assert (job.status, job.cost_micros, spent(user)) == ("succeeded", SECOND_MICROS, SECOND_MICROS)
    assert toy.stored() == []
    assert not JobFile.objects.exists()
    assert not Job.objects.detached().exists()


def test_a_key_of_a_deleted_job_begins_anew(user: User) -> None:
    first = run(started(user, key="k"))
    detached.delete(first)
    second = started(user, key="k")
    assert second.pk != first.pk
    detached.cancel(second)


@pytest.mark.parametrize("claimed", [False, True])
def test_an_open_job_is_cancelled_when_it_is_deleted(
    user: User, tmp_path: Path, claimed: bool
) -> None:
    job = started(user, toy.upload(tmp_path))
    if claimed:
        toy.taken(job)
    detached.delete(job)
    job.refresh_from_db()
    assert (job.status, spent(user), toy.stored()) == ("cancelled", 0, [])
    with pytest.raises(LeaseLost):
        settlement.succeed(job, 1, audio_ms=1_000)


def test_a_job_that_was_run_again_is_deleted_whole(user: User, monkeypatch: Patch) -> None:
    """Two windows: one runs it again, the other deletes what it still shows as failed."""
    job = toy.failed(user, monkeypatch)
    again = detached.retry(job, request_id="r")
    detached.delete(job)
    again.refresh_from_db()
    assert (again.status, again.deleted_at is None) == ("cancelled", False)
    assert spent(user) == 0


# --- run again ----------------------------------------------------------------------------------
def test_a_failed_job_is_run_again_under_its_public_id(
    user: User, monkeypatch: Patch, tmp_path: Path, sent: list[uuid.UUID]
) -> None:
    job = toy.failed(user, monkeypatch, toy.upload(tmp_path, b"the recording"))
    does(monkeypatch, toy.one_second)
    again = detached.retry(job, request_id="req_again")
    assert (again.number, again.display_name) == (job.number, job.display_name)
    assert again.pk != job.pk
    assert sent[-1] == again.pk
    assert Hold.objects.get(job_id=again.pk).state == "open"
    assert toy.rows_of(again) == [("upload", "upload")]
    done = run(again)
    assert (done.status, spent(user)) == ("succeeded", SECOND_MICROS)

    job.refresh_from_db()
    assert (job.status, job.number, job.cost_micros) == ("failed", None, 0)
    assert list(Job.objects.detached()) == [done]


def test_nothing_that_was_said_stays_with_the_try_that_failed(
    user: User, monkeypatch: Patch
) -> None:
    job = toy.failed(user, monkeypatch)
    run(detached.retry(job, request_id="r"))
    job.refresh_from_db()
    assert (job.params, job.display_name, job.kept_until) == ({"mode": "loud"}, "", None)


def test_a_cancelled_job_is_run_again(user: User) -> None:
    job = started(user)
    detached.cancel(job)
    job.refresh_from_db()
    assert detached.may_retry(job)
    assert run(detached.retry(job, request_id="r")).status == "succeeded"


def test_run_again_eight_times_at_once_is_one_job(user: User, monkeypatch: Patch) -> None:
    job = toy.failed(user, monkeypatch)
    copies = [Job.objects.get(pk=job.pk) for _ in range(8)]
    calls = [lambda copy=copy: detached.retry(copy, request_id="r") for copy in copies]
    outcomes = at_once(calls)
    assert Counter(type(outcome) for outcome in outcomes) == {Job: 1, Problem: 7}
    assert {outcome.status for outcome in outcomes if isinstance(outcome, Problem)} == {409}
    assert Hold.objects.filter(state="open").count() == 1
    detached.cancel(Job.objects.get(number=job.number))


def test_without_money_a_job_is_not_run_again_and_nothing_changes(
    user: User, monkeypatch: Patch, tmp_path: Path
) -> None:
    job = toy.failed(user, monkeypatch, toy.upload(tmp_path))
    wallet.adjust(
        user=user, amount_micros=-CREDIT, reason="r", actor="command:t", idempotency_key="t"
    )
    before = Job.objects.values().get()
    with pytest.raises(wallet.InsufficientBalance):
        detached.retry(job, request_id="r")
    assert Job.objects.values().get() == before
    assert toy.rows_of(job) == [("upload", "upload")]


@pytest.mark.parametrize("end", ["succeeded", "queued", "running", "expired", "deleted"])
def test_what_is_not_to_be_run_again(user: User, monkeypatch: Patch, end: str) -> None:
    job = toy.failed(user, monkeypatch) if end in {"expired", "deleted"} else started(user)
    if end == "succeeded":
        does(monkeypatch, toy.one_second)
        run(job)
    if end == "running":
        toy.taken(job)
    if end == "expired":
        toy.past_keeping(job)
    if end == "deleted":
        detached.delete(job)
    job.refresh_from_db()
    with pytest.raises(Problem) as refused:
        detached.retry(job, request_id="r")
    assert (refused.value.status, refused.value.code) == (409, "job_not_retryable")
    assert Job.objects.count() == 1
    detached.cancel(job)


def test_a_job_whose_time_ran_out_meanwhile_is_not_run_again(
    user: User, monkeypatch: Patch
) -> None:
    job = toy.failed(user, monkeypatch)
    toy.past_keeping(job)
    assert detached.may_retry(job), "as it was read before"
    with pytest.raises(Problem):
        detached.retry(job, request_id="r")


# --- Idempotency-Key ----------------------------------------------------------------------------
def test_the_same_request_again_gets_the_first_job(user: User, tmp_path: Path) -> None:
    first = started(user, toy.upload(tmp_path), key="k")
    assert started(user, toy.upload(tmp_path), key="k").pk == first.pk
    assert len(toy.stored()) == 1
    run(first)
    assert started(user, toy.upload(tmp_path), key="k").pk == first.pk
    assert spent(user) == SECOND_MICROS


def test_another_request_with_that_key_is_refused(user: User, tmp_path: Path) -> None:
    first = started(user, key="k")
    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path), key="k", asked="another")
    assert (refused.value.status, toy.stored()) == (422, [])
    detached.cancel(first)


@pytest.mark.parametrize("affordable", [16, 1])
def test_sixteen_at_once_are_one_job_and_one_hold(
    user: User, tmp_path: Path, affordable: int
) -> None:
    """However little money there is: it is held once."""
    left = affordable * 10 * SECOND_MICROS
    wallet.adjust(
        user=user, amount_micros=left - CREDIT, reason="r", actor="command:t", idempotency_key="t"
    )
    uploads = [toy.upload(tmp_path) for _ in range(16)]
    outcomes = at_once([lambda one=one: started(user, one, key="k") for one in uploads])
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {Job.objects.get().pk}
    assert Hold.objects.count() == 1
    assert len(toy.stored()) == 1
    detached.cancel(Job.objects.get())


def test_the_place_of_the_last_job_is_no_obstacle_to_its_own_repetition(
    user: User, settings: Settings
) -> None:
    settings.MAX_DETACHED_JOBS = 1
    outcomes = at_once([lambda: started(user, key="k")] * 8)
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {Job.objects.get().pk}
    detached.cancel(Job.objects.get())


def test_a_key_of_a_job_that_failed_is_free_again(user: User, monkeypatch: Patch) -> None:
    def fail(attempt: Attempt) -> int:
        raise RuntimeError("broken")

    does(monkeypatch, fail)
    first = run(started(user, key="k"))
    does(monkeypatch, toy.one_second)
    assert run(started(user, key="k")).pk != first.pk
    assert spent(user) == SECOND_MICROS


# --- admission and numbers ----------------------------------------------------------------------
def test_an_account_has_so_many_open_jobs(user: User, settings: Settings, tmp_path: Path) -> None:
    settings.MAX_DETACHED_JOBS = 2
    outcomes = at_once([lambda: started(user)] * 6)
    assert Counter(type(outcome) for outcome in outcomes) == {Job: 2, Problem: 4}
    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path))
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "5")
    assert toy.stored() == []
    for job in Job.objects.all():
        detached.cancel(job)
    settings.MAX_DETACHED_JOBS = 0
    assert run(started(user)).status == "succeeded"


def test_the_files_of_an_account_have_so_much_room(
    user: User, settings: Settings, tmp_path: Path
) -> None:
    cancelled = started(user, toy.upload(tmp_path))
    detached.cancel(cancelled)
    settings.MAX_KEPT_BYTES = sum(file.bytes for file in cancelled.files.all())
    kept = toy.stored()

    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path))

    assert (refused.value.status, refused.value.code) == (409, "files_limit_reached")
    assert (toy.stored(), wallet.balance(user).held_micros) == (kept, 0)
    detached.delete(cancelled)
    assert run(started(user, toy.upload(tmp_path))).status == "succeeded"


def test_numbers_are_exact_in_javascript_and_unlike() -> None:
    numbers = [random_number() for _ in range(2_000)]
    assert len(set(numbers)) == 2_000
    assert all(number in NUMBERS for number in numbers)
    assert max(numbers) < 2**53


def test_no_two_jobs_have_one_number(user: User) -> None:
    first = started(user)
    second = toy.prepared(user)
    second.number = first.number
    with pytest.raises(Exception, match=r"(?i)unique"):
        detached.start(second)
    assert Hold.objects.count() == 1
    detached.cancel(first)


# --- what crashes leave -------------------------------------------------------------------------
def test_a_killed_worker_s_job_is_run_once_more_and_charged_once(
    user: User, sent: list[uuid.UUID]
) -> None:
    job = started(user)
    toy.taken(job)
    Job.objects.filter(pk=job.pk).update(progress=40, stage="mixing")
    past_its_lease(job)
    sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.progress, job.stage) == ("queued", 0, "")
    assert sent == [job.pk, job.pk]
    done = run(job)
    assert (done.status, done.attempt, spent(user)) == ("succeeded", 2, SECOND_MICROS)


def test_a_job_that_kills_its_worker_twice_fails_and_costs_nothing(user: User) -> None:
    job = started(user)
    for _ in range(2):
        past_its_lease(toy.taken(job))
        sweeper.sweep()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)
    assert detached.may_retry(job)


def test_a_worker_that_was_taken_for_dead_changes_nothing(user: User, monkeypatch: Patch) -> None:
    job = started(user)
    late: list[Attempt] = []

    def sleep_through(attempt: Attempt) -> int:
        toy.one_second(attempt)
        late.append(attempt)
        past_its_lease(job)
        sweeper.sweep()
        does(monkeypatch, toy.of_length(2_000))
        run(job)
        return 9_000

    does(monkeypatch, sleep_through)
    done = run(job)
    assert (done.status, done.audio_ms, spent(user)) == ("succeeded", 2_000, 2 * SECOND_MICROS)
    kept = JobFile.objects.get(job=job)
    assert toy.stored() == [kept.path]


def test_a_restart_leaves_detached_jobs_alone_and_sends_each_of_them_once(
    user: User, sent: list[uuid.UUID]
) -> None:
    queued, running = started(user), toy.taken(started(user))
    sent.clear()
    assert sweeper.abandon_all() == 0
    assert sweeper.resume_detached() == 2
    assert sorted(sent) == sorted([queued.pk, running.pk])
    for job in (queued, running):
        assert run(job).status == "succeeded"
    assert spent(user) == 2 * SECOND_MICROS


@pytest.mark.parametrize("alone", [True, False])
def test_an_embedded_server_goes_on_when_no_other_uses_its_data(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID], alone: bool
) -> None:
    job = toy.taken(started(user))
    sent.clear()
    monkeypatch.setattr(embedded, "_is_alone", lambda: alone)
    monkeypatch.setattr(embedded, "_load_and_work", lambda: None)
    monkeypatch.setattr(embedded.boot, "start_sweeping", lambda: None)
    embedded.start()
    assert sent == ([job.pk] if alone else [])
    job.refresh_from_db()
    assert job.status == ("queued" if alone else "running")
    detached.cancel(job)


def test_a_second_restart_in_the_middle_of_a_job_is_its_end(user: User) -> None:
    job = started(user)
    for _ in range(2):
        toy.taken(job)
        sweeper.resume_detached()
    job.refresh_from_db()
    assert (job.status, job.error_code, spent(user)) == ("failed", "worker_lost", 0)


def test_a_queue_that_is_away_loses_no_job(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    def away(job: Job) -> None:
        raise ConnectionError("no Redis")

    with monkeypatch.context() as patch:
        patch.setattr(detached, "enqueue", away)
        job = started(user)
        assert job.status == "queued"
    assert sent == []
    aged(job)
    sweeper.sweep()
    assert sent == [job.pk]
    assert run(job).status == "succeeded"


def test_a_queue_that_is_away_does_not_stop_a_sweep(user: User, monkeypatch: Patch) -> None:
    def away(*arguments: object) -> int:
        raise ConnectionError("no Redis")

    lost, waiting = started(user), started(user)
    past_its_lease(toy.taken(lost))
    aged(waiting)
    orphan = uuid.uuid4()
    wallet.hold(user=user, job_id=orphan, amount_micros=5, seconds=-1)
    for module in (detached, sweeper):
        monkeypatch.setattr(module, "enqueue", away)
    monkeypatch.setattr(detached, "messages", away)
    assert sweeper.sweep().expired_holds == 1
    lost.refresh_from_db()
    assert lost.status == "queued"
    for job in (lost, waiting):
        detached.cancel(job)


def aged(job: Job, seconds: int = 60) -> None:
    made = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(created_at=made)


def test_what_waits_in_the_queue_is_not_sent_again(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    jobs = [started(user) for _ in range(3)]
    for job in jobs:
        aged(job)
    sent.clear()
    monkeypatch.setattr(detached, "messages", lambda queue: 2)
    assert detached.resend() == 0
    assert sent == []
    for job in jobs:
        detached.cancel(job)


def test_a_lost_message_is_sent_again_though_the_queue_is_never_empty(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    lost, running, waiting = started(user), started(user), started(user)
    aged(lost, 100)
    aged(running, 60)
    aged(waiting, 40)
    toy.taken(running)
    sent.clear()
    monkeypatch.setattr(detached, "messages", lambda queue: 2)
    assert detached.resend() == 1, "a later one overtook it"
    assert sent == [lost.pk]
    assert detached.resend() == 0, "not at every sweep"
    for job in (lost, running, waiting):
        detached.cancel(job)


def test_an_empty_queue_is_filled_once_and_not_at_every_sweep(
    user: User, monkeypatch: Patch, sent: list[uuid.UUID]
) -> None:
    """A worker may have taken the messages, and not the jobs yet."""
    job = started(user)
    aged(job)
    sent.clear()
    monkeypatch.setattr(detached, "messages", lambda queue: 0)
    assert [detached.resend() for _ in range(3)] == [1, 0, 0]
    detached.cancel(job)


def test_it_goes_through_a_lane_of_its_own(user: User, monkeypatch: Patch) -> None:
    """With the real queue of a server that is one process."""
    broker.flush_all()
    monkeypatch.setattr(detached, "enqueue", lanes.enqueue)
    monkeypatch.setattr(sweeper, "enqueue", lanes.enqueue)
    jobs = [started(user) for _ in range(3)]
    assert {queue: messages(queue) for queue in (BACKGROUND, BATCH, INTERACTIVE)} == {
        BACKGROUND: 3,
        BATCH: 0,
        INTERACTIVE: 0,
    }
    for job in jobs:
        aged(job)
    assert detached.resend() == 0
    broker.flush_all()
    assert detached.resend() == 3, "their messages are lost"

    worker = Worker(broker, queues={BACKGROUND}, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        is_done = Job.objects.filter(status=Job.Status.SUCCEEDED).count
        wait_until(lambda: is_done() == 3, seconds=30, what="three jobs")
    finally:
        worker.stop()
    assert spent(user) == 3 * SECOND_MICROS


def test_its_message_is_never_dropped_for_its_age() -> None:
    assert tasks.run_detached.options["max_age"] >= lanes.NO_DEADLINE.total_seconds() * 1_000


# --- holds --------------------------------------------------------------------------------------
def test_a_job_that_waits_for_weeks_keeps_its_hold_and_is_charged(user: User) -> None:
    job = started(user)
    weeks = timezone.now() - timedelta(days=30)
    Job.objects.filter(pk=job.pk).update(created_at=weeks)
    Hold.objects.filter(job_id=job.pk).update(expires_at=weeks)
    sweeper.sweep()
    hold = Hold.objects.get(job_id=job.pk)
    assert hold.state == "open"
    assert hold.expires_at > timezone.now(), "the audit calls an overdue hold a breach"
    assert (run(job).status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_a_hold_past_its_time_is_settled_as_any_other(user: User) -> None:
    job = started(user)
    Hold.objects.filter(job_id=job.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert (run(job).status, spent(user)) == ("succeeded", SECOND_MICROS)


def test_jobs_that_wait_long_do_not_hide_holds_without_a_job(
    user: User, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(sweeper, "BATCH_SIZE", 2)
    jobs = [started(user) for _ in range(3)]
    long_ago = timezone.now() - timedelta(days=2)
    Hold.objects.update(expires_at=long_ago)
    wallet.hold(user=user, job_id=uuid.uuid4(), amount_micros=5, seconds=-1)
    for _ in range(3):
        sweeper.sweep()
    assert Hold.objects.filter(state="expired").count() == 1
    for job in jobs:
        detached.cancel(job)


def test_a_hold_that_staff_has_let_expire_is_not_charged(user: User) -> None:
    job = started(user)
    Hold.objects.filter(job_id=job.pk).update(expires_at=timezone.now() - timedelta(days=1))
    wallet.expire(job_id=job.pk)
    # the audit is right to see a breach in it until the job is over
    assert (run(job).status, spent(user), toy.stored()) == ("failed", 0, [])
