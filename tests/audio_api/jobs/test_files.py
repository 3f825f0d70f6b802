"""The files of detached jobs: when they have rows, how long they stay, and what removes them."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import User
from audio_api import closing
from audio_api.jobs import attempt as attempt_module
from audio_api.jobs import detached, files, orphans, resending, settlement, sweeper
from audio_api.jobs.attempt import Attempt
from audio_api.models import Job, JobFile
from tests.audio_api.halves import spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, does, run, started, upload
from tests.wallet.machine.crash import failing_commit

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch
UPLOAD, DECODED, OUTPUT = JobFile.Role.UPLOAD, JobFile.Role.DECODED, JobFile.Role.OUTPUT


@pytest.fixture(autouse=True)
def _toys(monkeypatch: Patch) -> None:
    toy.sell(monkeypatch)
    does(monkeypatch, toy.one_second)
    for module in (detached, resending, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: None)


@pytest.fixture
def no_delay(monkeypatch: Patch) -> None:
    """What has no row is removed at once."""
    monkeypatch.setattr(orphans, "ORPHAN_AGE", timedelta(seconds=-1))


# --- when they have rows ------------------------------------------------------------------------
def test_outputs_have_rows_when_their_job_has_succeeded_and_not_before(
    user: User, monkeypatch: Patch
) -> None:
    seen: list[int] = []
    does(monkeypatch, toy.made_then(lambda: seen.append(JobFile.objects.count())))
    done = run(started(user))
    assert seen == [0]
    row = JobFile.objects.get()
    assert (row.job_id, row.role, row.file_name) == (done.pk, "output", "out.wav")
    assert (row.content_type, row.bytes) == ("audio/wav", 100)
    assert default_storage.size(row.path) == 100


def test_rows_and_money_are_one_transaction(user: User, monkeypatch: Patch) -> None:
    def fail(**asked: object) -> None:
        raise RuntimeError("the ledger is broken")

    monkeypatch.setattr(settlement.wallet, "settle", fail)
    done = run(started(user))
    assert (done.status, done.error_code, spent(user)) == ("failed", "internal_error", 0)
    assert not JobFile.objects.exists()
    assert toy.stored() == []


def test_two_outputs_of_one_name_are_a_failure_that_leaves_nothing(
    user: User, monkeypatch: Patch
) -> None:
    def work(attempt: Attempt) -> int:
        toy.one_second(attempt)
        return toy.one_second(attempt)

    does(monkeypatch, work)
    done = run(started(user))
    assert (done.status, spent(user), toy.stored()) == ("failed", 0, [])


def test_an_output_that_is_broken_off_is_not_stored(user: User, monkeypatch: Patch) -> None:
    def work(attempt: Attempt) -> int:
        with attempt.output("audio", file_name="f", content_type="a/b") as out:
            out.write(b"half a word")
            raise RuntimeError("broken")

    does(monkeypatch, work)
    assert run(started(user)).status == "failed"
    assert toy.stored() == []


def test_a_commit_whose_answer_is_lost_keeps_what_was_paid_for(
    user: User, monkeypatch: Patch
) -> None:
    """The worker hears of an error, and the job has succeeded: its output must stay."""
    monkeypatch.setattr(attempt_module, "SETTLE_RETRY_SECONDS", ())
    real = settlement.succeed

    def succeed(*told: object, **more: object) -> object:
        with failing_commit(lost=True):
            return real(*told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(settlement, "succeed", succeed)
    done = run(started(user))
    assert (done.status, spent(user)) == ("succeeded", SECOND_MICROS)
    assert toy.stored() == [JobFile.objects.get().path]


def test_a_commit_that_failed_leaves_files_to_the_sweeper(
    user: User, monkeypatch: Patch, no_delay: None
) -> None:
    monkeypatch.setattr(attempt_module, "SETTLE_RETRY_SECONDS", (0,))
    real = settlement.succeed

    def succeed(*told: object, **more: object) -> object:
        with failing_commit(lost=False):
            return real(*told, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(settlement, "succeed", succeed)
    done = run(started(user))
    assert (done.status, spent(user), len(toy.stored())) == ("failed", 0, 1)
    sweeper.sweep()
    assert toy.stored() == []


def test_a_start_whose_answer_is_lost_keeps_its_uploads(user: User, tmp_path: Path) -> None:
    job = toy.prepared(user)
    with failing_commit(lost=True), pytest.raises(OperationalError):
        detached.start(job, [upload(tmp_path)])
    assert toy.stored() == [JobFile.objects.get(job=job).path]
    assert run(job).status == "succeeded"


# --- how long they stay -------------------------------------------------------------------------
def test_decoded_audio_goes_with_the_end_of_the_job(user: User, tmp_path: Path) -> None:
    sent = [upload(tmp_path), upload(tmp_path, role=DECODED, name="decoded")]
    done = run(started(user, *sent))
    assert sorted(toy.rows_of(done)) == [("output", "audio"), ("upload", "upload")]
    assert len(toy.stored()) == 2


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_they_are_erased_with_the_text_when_they_were_kept_long_enough(
    user: User, monkeypatch: Patch, tmp_path: Path, end: str
) -> None:
    if end == "failed":
        job = toy.failed(user, monkeypatch, upload(tmp_path))
    else:
        job = started(user, upload(tmp_path))
        if end == "cancelled":
            detached.cancel(job)
        job = run(job)
    assert job.status == end
    sweeper.sweep()
    assert len(toy.stored()) == (2 if end == "succeeded" else 1)
    job.refresh_from_db()
    assert job.params["text"] == "a secret"

    toy.past_keeping(job)
    assert sweeper.sweep().erased_jobs == 1
    job.refresh_from_db()
    assert (job.params, job.display_name, job.kept_until) == ({"mode": "loud"}, "", None)
    assert (job.status, job.deleted_at) == (end, None), "its record of usage stays"
    assert job.number is not None
    assert toy.stored() == []
    assert not JobFile.objects.exists()
    assert sweeper.sweep().erased_jobs == 0


def test_what_an_open_job_was_given_is_never_erased(
    user: User, tmp_path: Path, no_delay: None
) -> None:
    job = started(user, upload(tmp_path))
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=30))
    sweeper.sweep()
    assert len(toy.stored()) == 1
    assert run(job).status == "succeeded"


def test_outputs_of_a_job_that_runs_for_hours_are_not_taken_for_orphans(
    user: User, monkeypatch: Patch, no_delay: None
) -> None:
    does(monkeypatch, toy.made_then(orphans.remove))
    done = run(started(user))
    assert done.status == "succeeded"
    assert toy.stored() == [JobFile.objects.get().path]


def test_what_a_crash_left_is_removed_when_its_job_is_over(user: User, no_delay: None) -> None:
    job = toy.taken(started(user))
    files.keep(job, OUTPUT, "audio", BytesIO(b"x"), file_name="f", content_type="a/b")
    nobody_s = Job(user=user)
    files.keep(nobody_s, UPLOAD, "upload", BytesIO(b"x"), file_name="f", content_type="a/b")
    assert orphans.remove() == 1
    assert len(toy.stored()) == 1
    detached.cancel(job)
    assert orphans.remove() == 1
    assert toy.stored() == []


def test_a_file_that_goes_while_the_sweeper_looks_is_no_matter(
    user: User, monkeypatch: Patch, no_delay: None
) -> None:
    monkeypatch.setattr(orphans, "_files", lambda folder: [f"{uuid.uuid4()}-output-audio-1"])
    assert orphans.remove() == 0


def test_all_files_are_listed_once_in_a_while_and_not_at_every_sweep(
    user: User, monkeypatch: Patch
) -> None:
    """Whichever process sweeps: a bucket takes long for it, and charges."""
    listed: list[str] = []
    monkeypatch.setattr(orphans, "_files", lambda folder: listed.append(folder) or [])
    for _ in range(3):
        sweeper.sweep()
    assert sorted(listed) == sorted({"jobs", "results", files.FOLDER})


def test_erasing_and_running_again_race_for_the_files(
    user: User, monkeypatch: Patch, tmp_path: Path
) -> None:
    """Either the job has its input again, or it is refused. Never does it run without."""
    for _ in range(4):
        job = toy.failed(user, monkeypatch, upload(tmp_path))
        gate = threading.Barrier(2)

        def retry(job: Job = job, gate: threading.Barrier = gate) -> Job | None:
            gate.wait()
            try:
                return detached.retry(job, request_id="r")
            except Exception:  # noqa: BLE001 - it came too late
                return None
            finally:
                connection.close()

        def erase(job: Job = job, gate: threading.Barrier = gate) -> None:
            gate.wait()
            files.erase(job)
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            erased, retried = pool.submit(erase), pool.submit(retry)
            erased.result()
            again = retried.result()
        kept = JobFile.objects.filter(job__in=[job.pk, again.pk] if again else [job.pk])
        assert kept.count() == (1 if again else 0)
        assert toy.stored() == [file.path for file in kept]
        if again:
            assert again.params["text"] == "a secret"
            detached.delete(again)


def test_a_job_that_expired_keeps_what_was_run_again(
    user: User, monkeypatch: Patch, tmp_path: Path
) -> None:
    """The sweeper had read it before it was run again."""
    job = toy.failed(user, monkeypatch, upload(tmp_path))
    again = detached.retry(job, request_id="r")
    files.erase(job)
    assert toy.rows_of(again) == [("upload", "upload")]
    detached.delete(again)


# --- accounts -----------------------------------------------------------------------------------
def test_they_go_with_the_account_even_those_of_a_job_that_runs(
    user: User, monkeypatch: Patch, tmp_path: Path
) -> None:
    done = run(started(user, upload(tmp_path)))
    queued = started(user, upload(tmp_path))
    does(monkeypatch, toy.made_then(lambda: closing.close(user)))
    running = run(started(user, upload(tmp_path)))
    for job, status in ((done, "succeeded"), (queued, "cancelled"), (running, "failed")):
        job.refresh_from_db()
        assert (job.status, job.params, job.display_name) == (status, {"mode": "loud"}, "")
    assert running.error_code == closing.CODE
    assert not JobFile.objects.exists()
    assert toy.stored() == []
