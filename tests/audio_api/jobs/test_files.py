"""The files of detached jobs: when they have rows, how long they stay, and what removes them."""

from __future__ import annotations

import threading
import tracemalloc
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
from audio_api.jobs import detached, files, settlement, sweeper
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.detached import Upload
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
    for module in (detached, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: None)


@pytest.fixture
def no_delay(monkeypatch: Patch) -> None:
    """What has no row is removed at once."""
    monkeypatch.setattr(sweeper, "ORPHAN_AGE", timedelta(seconds=-1))


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
    does(monkeypatch, toy.made_then(sweeper.sweep))
    done = run(started(user))
    assert done.status == "succeeded"
    assert toy.stored() == [JobFile.objects.get().path]


def test_what_a_crash_left_is_removed_when_its_job_is_over(user: User, no_delay: None) -> None:
    job = toy.taken(started(user))
    files.keep(job, OUTPUT, "audio", BytesIO(b"x"), file_name="f", content_type="a/b")
    nobody_s = Job(user=user)
    files.keep(nobody_s, UPLOAD, "upload", BytesIO(b"x"), file_name="f", content_type="a/b")
    sweeper.sweep()
    assert len(toy.stored()) == 1
    detached.cancel(job)
    sweeper.sweep()
    assert toy.stored() == []


def test_a_file_that_goes_while_the_sweeper_looks_is_no_matter(
    user: User, monkeypatch: Patch, no_delay: None
) -> None:
    monkeypatch.setattr(sweeper, "_files", lambda folder: [f"{uuid.uuid4()}-output-audio-1"])
    assert sweeper.sweep().removed_files == 0


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


# --- a storage that fails -----------------------------------------------------------------------
@pytest.fixture
def broken_storage(monkeypatch: Patch) -> list[str]:
    """A storage whose named methods fail."""
    methods: list[str] = []

    def failing(name: str) -> object:
        real = getattr(default_storage, name)

        def method(*told: object, **more: object) -> object:
            if name in methods:
                raise OSError("no space left on device")
            return real(*told, **more)

        return method

    for name in ("save", "delete", "open"):
        monkeypatch.setattr(default_storage, name, failing(name))
    return methods


def test_an_upload_that_cannot_be_kept_starts_nothing(
    user: User, tmp_path: Path, broken_storage: list[str]
) -> None:
    broken_storage.append("save")
    with pytest.raises(OSError, match="no space"):
        started(user, upload(tmp_path))
    assert not Job.objects.exists()
    assert spent(user) == 0


def test_the_second_upload_fails_and_the_first_is_removed(user: User, tmp_path: Path) -> None:
    absent = Upload(tmp_path / "absent", "f", "a/b", name="second")
    with pytest.raises(FileNotFoundError):
        started(user, upload(tmp_path), absent)
    assert (toy.stored(), spent(user)) == ([], 0)


def test_an_output_that_cannot_be_stored_is_a_failure_that_costs_nothing(
    user: User, broken_storage: list[str]
) -> None:
    job = started(user)
    broken_storage.append("save")
    done = run(job)
    assert (done.status, done.error_code, spent(user)) == ("failed", "internal_error", 0)


def test_what_was_written_before_the_disk_was_full_is_removed(user: User) -> None:
    class Full(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("no space left on device")
            return super().read(70_000)

    with pytest.raises(OSError, match="no space"):
        files.keep(
            Job(user=user), OUTPUT, "a", Full(bytes(200_000)), file_name="f", content_type="a/b"
        )
    assert toy.stored() == []


def test_an_upload_that_cannot_be_read_is_a_failure_that_may_be_run_again(
    user: User, monkeypatch: Patch, tmp_path: Path, broken_storage: list[str]
) -> None:
    def work(attempt: Attempt) -> int:
        with attempt.local(attempt.files(UPLOAD)[0]) as path:
            return len(path.read_bytes())

    does(monkeypatch, work)
    job = started(user, upload(tmp_path))
    broken_storage.append("open")
    done = run(job)
    assert (done.status, spent(user)) == ("failed", 0)
    broken_storage.clear()
    assert run(detached.retry(done, request_id="r")).status == "succeeded"


def test_files_that_cannot_be_removed_now_are_removed_later(
    user: User, tmp_path: Path, broken_storage: list[str], no_delay: None
) -> None:
    job = run(started(user, upload(tmp_path), upload(tmp_path, role=DECODED, name="decoded")))
    broken_storage.append("delete")
    detached.delete(job)
    assert not JobFile.objects.exists()
    assert len(toy.stored()) == 2
    broken_storage.clear()
    sweeper.sweep()
    assert toy.stored() == []


# --- names and sizes ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\song.mp3", "song.mp3"),
        ("a\r\nSet-Cookie: x.wav", "a__Set-Cookie: x.wav"),
        ("nul\x00.wav", "nul_.wav"),
        ("\ud800.wav", "_.wav"),
        ("\u202egnp.wav", "_gnp.wav"),
        ("Grüße 🎵.wav", "Grüße 🎵.wav"),
        ("..", "file"),
        ("", "file"),
        ("  ", "file"),
        ("a/", "file"),
    ],
)
def test_names_that_clients_send_are_made_harmless(
    user: User, tmp_path: Path, sent: str, kept: str
) -> None:
    job = started(user, upload(tmp_path, file_name=sent))
    row = JobFile.objects.get(job=job)
    assert row.file_name == kept
    assert row.path.startswith(f"{files.FOLDER}/{job.pk}-upload-upload-")
    detached.delete(job)


def test_a_name_that_is_too_long_keeps_its_extension(user: User, tmp_path: Path) -> None:
    job = started(user, upload(tmp_path, file_name="ä" * 400 + ".wav"))
    name = JobFile.objects.get(job=job).file_name
    assert (len(name), name[-5:]) == (255, "ä.wav")
    detached.delete(job)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("audio/mpeg", "audio/mpeg"),
        ("audio/ogg; codecs=opus", "audio/ogg; codecs=opus"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("audio/" + "x" * 200, files.UNKNOWN_TYPE),
        ("audio/wav\r\nSet-Cookie: x", files.UNKNOWN_TYPE),
        ("audio", files.UNKNOWN_TYPE),
        ("", files.UNKNOWN_TYPE),
        ("ä/ö", files.UNKNOWN_TYPE),
    ],
)
def test_types_that_are_none_are_unknown(user: User, sent: str, kept: str) -> None:
    row = files.keep(Job(user=user), UPLOAD, "u", BytesIO(b"x"), file_name="f", content_type=sent)
    assert row.content_type == kept


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\x00b", "ä" * 64])
def test_names_of_outputs_lead_nowhere(user: User, name: str) -> None:
    row = files.keep(Job(user=user), OUTPUT, name, BytesIO(b"x"), file_name="f", content_type="a/b")
    assert row.path.count("/") == 1
    assert len(row.path) < 255
    assert toy.stored() == [row.path]


def test_a_name_of_an_output_that_has_no_room_is_refused_on_every_database(user: User) -> None:
    with pytest.raises(ValueError, match="64 characters"):
        files.keep(
            Job(user=user), OUTPUT, "x" * 65, BytesIO(b"x"), file_name="f", content_type="a/b"
        )
    assert toy.stored() == []


def test_a_display_name_is_a_line_that_has_room(user: User) -> None:
    job = detached.prepare(
        detached.Caller(user, None, "r"), toy.KIND, toy.ToyParams(), 1, 1,
        display_name="AC/DC\x00\n" + "x" * 300,
    )  # fmt: skip
    assert job.display_name.startswith("AC/DC__xx")
    assert len(job.display_name) == 255


def test_the_whole_file_is_kept_wherever_it_stands(user: User) -> None:
    content = BytesIO(b"0123456789")
    content.seek(4)
    row = files.keep(Job(user=user), OUTPUT, "a", content, file_name="f", content_type="a/b")
    assert (row.bytes, default_storage.size(row.path)) == (10, 10)


def test_a_large_file_goes_through_in_little_memory(user: User, tmp_path: Path) -> None:
    """200 MB up and down again, and never more than a few of them at a time."""
    size = 200 * 1024 * 1024
    path = tmp_path / "large"
    with path.open("wb") as sparse:
        sparse.truncate(size)
    tracemalloc.start()
    try:
        job = started(user, Upload(path, "large.wav", "audio/wav"))
        attempt = Attempt(job, _Lease())  # type: ignore[arg-type]
        (row,) = attempt.files(UPLOAD)
        with (
            attempt.local(row) as copy,
            attempt.output("audio", file_name="f", content_type="a/b") as out,
            copy.open("rb") as source,
        ):
            for chunk in iter(lambda: source.read(1024 * 1024), b""):
                out.write(chunk)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert row.bytes == size
    assert peak < 16 * 1024 * 1024
    attempt.discard()
    detached.delete(job)
    assert toy.stored() == []


class _Lease:
    attempt = 1

    def check(self) -> None:
        """It is never lost."""
