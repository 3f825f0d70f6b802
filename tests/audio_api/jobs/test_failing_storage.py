"""Detached jobs and a storage that fails: nothing is paid for, and nothing is left behind."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio_api.jobs import detached, files, orphans
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.detached import Upload
from audio_api.models import Job, JobFile
from tests.audio_api.halves import spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import does, run, started, upload

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
Patch = pytest.MonkeyPatch
UPLOAD, DECODED, OUTPUT = JobFile.Role.UPLOAD, JobFile.Role.DECODED, JobFile.Role.OUTPUT


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
    user: User, tmp_path: Path, broken_storage: list[str], monkeypatch: Patch
) -> None:
    monkeypatch.setattr(orphans, "ORPHAN_AGE", timedelta(seconds=-1))
    job = run(started(user, upload(tmp_path), upload(tmp_path, role=DECODED, name="decoded")))
    broken_storage.append("delete")
    detached.delete(job)
    assert not JobFile.objects.exists()
    assert len(toy.stored()) == 2
    broken_storage.clear()
    assert orphans.remove() == 2
    assert toy.stored() == []
