"""What the work of a kind sees of its job: input, signs of life, how it is told to stop."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError, connection

from accounts.models import User
from audio.engines.base import EngineError, UnspeakableText
from audio_api.jobs import attempt as attempt_module
from audio_api.jobs import attempts, detached, settlement, sweeper
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.leases import LeaseLost
from audio_api.models import Job, JobFile
from tests.audio_api.halves import Settings, spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import does, run, started, taken, upload
from tests.harness.programs import wait_until
from tests.wallet.machine.crash import failing_commit

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _toys(monkeypatch: Patch) -> None:
    toy.sell(monkeypatch)
    for module in (detached, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: None)


class Lease:
    """One that is held until the test says that it is lost."""

    attempt = 1
    lost = False

    def check(self) -> None:
        if self.lost:
            raise LeaseLost


@pytest.fixture
def clock(monkeypatch: Patch) -> Callable[[float], None]:
    """Lets seconds pass, for what asks for the time."""
    now = [1_000.0]

    class Time:
        monotonic = staticmethod(lambda: now[0])

    monkeypatch.setattr(attempt_module, "time", Time)

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


@pytest.fixture
def attempt(user: User) -> Any:
    job = taken(started(user))
    yield Attempt(job, Lease())  # type: ignore[arg-type]
    detached.cancel(job)


def told(attempt: Attempt) -> tuple[int, str]:
    row = Job.objects.get(pk=attempt.job.pk)
    return row.progress, row.stage


# --- signs of life ------------------------------------------------------------------------------
def test_progress_is_written_down_once_a_second_at_most(
    attempt: Attempt, clock: Callable[[float], None], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        attempt.alive(progress=0.1)
    with django_assert_num_queries(0):
        for step in range(20, 30):
            clock(0.09)
            attempt.alive(progress=step / 100)
    assert told(attempt)[0] == 10
    clock(0.2)
    with django_assert_num_queries(1):
        attempt.alive(progress=0.3)
    assert told(attempt)[0] == 30


def test_progress_never_goes_back(attempt: Attempt, clock: Callable[[float], None]) -> None:
    seen = []
    for progress in (0.5, 0.2, 0.0, 0.51, -3, float("nan"), 0.4):
        attempt.alive(progress=progress)
        clock(1.1)
        seen.append(told(attempt)[0])
    assert seen == [50, 50, 50, 51, 51, 51, 51]


@pytest.mark.parametrize(
    ("progress", "percent"), [(1.0, 99), (7.0, 99), (float("inf"), 99), (float("nan"), 0), (-1, 0)]
)
def test_a_job_is_whole_when_it_is_paid_and_not_before(
    attempt: Attempt, progress: float, percent: int
) -> None:
    attempt.alive(progress=progress)
    assert told(attempt)[0] == percent


def test_a_stage_stays_until_the_next_one(attempt: Attempt, clock: Callable[[float], None]) -> None:
    attempt.alive(stage="decoding")
    attempt.alive(stage="mixing")
    assert told(attempt)[1] == "decoding"
    clock(1.1)
    attempt.alive(progress=0.5)
    assert told(attempt) == (50, "mixing"), "though it was told when nobody wrote it down"


def test_a_stage_has_no_more_than_its_room(attempt: Attempt) -> None:
    attempt.alive(stage="x" * 33)
    assert told(attempt)[1] == "x" * 32


def test_the_second_attempt_begins_at_nothing(attempt: Attempt) -> None:
    attempt.alive(progress=0.7, stage="mixing")
    sweeper.resume_detached()
    assert told(attempt) == (0, "")
    second = Attempt(taken(attempt.job), Lease())  # type: ignore[arg-type]
    second.number = 2
    second.alive(progress=0.1)
    assert told(second)[0] == 10


def test_a_lost_lease_stops_the_work_at_once(
    attempt: Attempt, clock: Callable[[float], None]
) -> None:
    attempt.alive()
    attempt._lease.lost = True  # type: ignore[attr-defined]
    with pytest.raises(LeaseLost):
        attempt.alive()


@pytest.mark.parametrize("by", ["cancel", "delete", "another worker"])
def test_work_that_is_not_wanted_any_more_stops_within_a_second(
    attempt: Attempt, clock: Callable[[float], None], by: str
) -> None:
    attempt.alive()
    if by == "cancel":
        detached.cancel(attempt.job)
    if by == "delete":
        detached.delete(attempt.job)
    if by == "another worker":
        sweeper.resume_detached()
        taken(attempt.job)
    clock(1.0)
    with pytest.raises(LeaseLost):
        attempt.alive()


def test_a_lease_that_runs_out_in_long_work_stops_it(
    user: User, monkeypatch: Patch, settings: Settings
) -> None:
    """The thread that renews it finds out, even when nothing is written down."""
    settings.JOB_LEASE_SECONDS = 0.3
    monkeypatch.setattr(attempt_module, "PROGRESS_SECONDS", 1e9)
    stopped = []

    def work(attempt: Attempt) -> int:
        toy.one_second(attempt)
        detached.cancel(attempt.job)
        until = time.monotonic() + 20
        try:
            while time.monotonic() < until:
                attempt.alive()
                time.sleep(0.02)
        except LeaseLost:
            stopped.append(True)
            raise
        return 1_000

    does(monkeypatch, work)
    job = started(user)
    assert (run(job).status, stopped, toy.stored()) == ("cancelled", [True], [])


def test_work_beyond_its_time_limit_fails_at_once_and_is_not_run_again(
    user: User, monkeypatch: Patch, settings: Settings
) -> None:
    settings.JOB_LEASE_SECONDS, settings.JOB_TIME_LIMIT_SECONDS = 0.3, 0
    tries = []

    def work(attempt: Attempt) -> int:
        tries.append(attempt.number)
        toy.one_second(attempt)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            attempt.alive()
            time.sleep(0.02)
        return 1_000

    does(monkeypatch, work)
    job = run(started(user))
    assert (job.status, job.error_code, spent(user)) == ("failed", attempts.TOO_LONG, 0)
    assert "longer than" in job.error_message
    assert run(job).status == "failed"
    assert (tries, toy.stored()) == ([1], [])


def test_a_time_limit_outlives_a_database_that_is_away(
    user: User, monkeypatch: Patch, settings: Settings
) -> None:
    settings.JOB_LEASE_SECONDS, settings.JOB_TIME_LIMIT_SECONDS = 0.3, 0
    real, calls = settlement.fail, []

    def fail(*told: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the connection is gone")
        return real(*told, **more)

    def work(attempt: Attempt) -> int:
        is_over = Job.objects.filter(pk=attempt.job.pk, status=Job.Status.FAILED).exists
        wait_until(is_over, seconds=20, what="it is ended though it hangs")
        return 1_000

    monkeypatch.setattr(attempts.settlement, "fail", fail)
    does(monkeypatch, work)
    job = run(started(user))
    assert (job.status, job.error_code, spent(user)) == ("failed", attempts.TOO_LONG, 0)


def test_a_database_that_is_away_for_a_moment_ends_no_work(
    attempt: Attempt, clock: Callable[[float], None]
) -> None:
    with away():
        attempt.alive(progress=0.5)
    clock(1.0)
    attempt.alive()
    assert told(attempt)[0] == 50


@contextmanager
def away() -> Iterator[None]:
    """The database does not answer."""

    def refuse(*told: object) -> None:
        raise OperationalError("the connection is gone")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("lost", [False, True])
def test_a_settlement_that_meets_a_database_restart_is_tried_again(
    user: User, monkeypatch: Patch, lost: bool
) -> None:
    """Whether it was committed or not: the job is charged once, and has its output."""
    monkeypatch.setattr(attempt_module, "SETTLE_RETRY_SECONDS", (0, 0))
    does(monkeypatch, toy.one_second)
    real, tries = settlement.succeed, []

    def succeed(*told: Any, **more: Any) -> object:
        tries.append(1)
        with failing_commit(lost=lost) if len(tries) == 1 else nullcontext():
            return real(*told, **more)

    monkeypatch.setattr(settlement, "succeed", succeed)
    job = run(started(user))
    assert (job.status, spent(user), len(tries)) == ("succeeded", toy.SECOND_MICROS, 2)
    assert toy.stored() == [JobFile.objects.get(job=job).path]


# --- input --------------------------------------------------------------------------------------
def test_files_come_by_role_and_in_their_order(user: User, tmp_path: Path) -> None:
    sent = [upload(tmp_path, str(n).encode(), name="part", file_name=f"{n}") for n in range(12)]
    job = taken(started(user, *sent, upload(tmp_path, role=JobFile.Role.DECODED, name="d")))
    attempt = Attempt(job, Lease())  # type: ignore[arg-type]
    uploads = attempt.files(JobFile.Role.UPLOAD)
    assert [file.file_name for file in uploads] == [str(n) for n in range(12)]
    assert [file.name for file in attempt.files(JobFile.Role.DECODED)] == ["d"]
    assert attempt.files(JobFile.Role.OUTPUT) == []
    with attempt.local(uploads[7]) as path:
        assert path.read_bytes() == path.read_bytes() == b"7"
        assert not path.resolve().exists(), "it has no name, and ends with its process"
    detached.delete(job)


def test_a_local_copy_goes_when_work_fails(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    job = taken(started(user, upload(tmp_path)))
    attempt = Attempt(job, Lease())  # type: ignore[arg-type]
    with (
        pytest.raises(RuntimeError),
        attempt.local(attempt.files(JobFile.Role.UPLOAD)[0]),
    ):
        raise RuntimeError
    assert list((tmp_path / "temp").iterdir()) == []
    detached.delete(job)


def test_samples_are_read_from_their_file(user: User, tmp_path: Path) -> None:
    sound = np.arange(-500, 500, dtype="<i2")
    sent = upload(tmp_path, sound.tobytes(), role=JobFile.Role.DECODED, name="decoded")
    nothing = upload(tmp_path, b"", role=JobFile.Role.DECODED, name="nothing")
    job = taken(started(user, sent, nothing))
    attempt = Attempt(job, Lease())  # type: ignore[arg-type]
    heard, silence = attempt.files(JobFile.Role.DECODED)
    samples = attempt.samples(heard)
    assert isinstance(samples, np.memmap)
    assert np.array_equal(samples, sound)
    assert len(attempt.samples(silence)) == 0
    detached.delete(job)


# --- how it ends --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (EngineError("cuda"), "engine_error", "You were not charged"),
        (UnspeakableText("No word of it."), "unspeakable_input", "No word of it."),
        (ValueError("a secret of ours"), "internal_error", "You were not charged"),
        (MemoryError(), "internal_error", "You were not charged"),
    ],
)
def test_errors_have_codes_and_tell_nothing_of_the_server(
    user: User, monkeypatch: Patch, error: Exception, code: str, words: str
) -> None:
    def work(attempt: Attempt) -> int:
        raise error

    does(monkeypatch, work)
    job = run(started(user))
    assert (job.status, job.error_code) == ("failed", code)
    assert words in job.error_message
    assert "secret" not in job.error_message


@pytest.mark.parametrize("charged", [None, -1, "a second"])
def test_work_that_charges_nonsense_charges_nothing(
    user: User, monkeypatch: Patch, charged: Any
) -> None:
    does(monkeypatch, toy.of_length(charged))
    job = run(started(user))
    assert (job.status, job.error_code, spent(user)) == ("failed", "internal_error", 0)
    assert toy.stored() == []


def test_a_failure_that_cannot_be_written_down_is_run_once_more(
    user: User, monkeypatch: Patch
) -> None:
    def fail(attempt: Attempt) -> int:
        raise RuntimeError("broken")

    def away(*arguments: object, **more: object) -> None:
        raise ConnectionError("no database")

    does(monkeypatch, fail)
    with monkeypatch.context() as patch:
        patch.setattr(settlement, "fail", away)
        job = run(started(user))
    assert job.status == "running"
    does(monkeypatch, toy.one_second)
    assert sweeper.resume_detached() == 1
    assert run(job).status == "succeeded"
