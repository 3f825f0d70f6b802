"""Files of detached jobs are kept under harmless names, whole, however large they are."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio_api.jobs import detached, files
from audio_api.jobs.attempt import Attempt
from audio_api.jobs.detached import Upload
from audio_api.models import Job, JobFile
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import started, upload

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
Patch = pytest.MonkeyPatch
UPLOAD, DECODED, OUTPUT = JobFile.Role.UPLOAD, JobFile.Role.DECODED, JobFile.Role.OUTPUT


@pytest.mark.parametrize(
    ("given", "kept"),
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
    user: User, tmp_path: Path, given: str, kept: str
) -> None:
    job = started(user, upload(tmp_path, file_name=given))
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
    ("given", "kept"),
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
def test_types_that_are_none_are_unknown(user: User, given: str, kept: str) -> None:
    row = files.keep(Job(user=user), UPLOAD, "u", BytesIO(b"x"), file_name="f", content_type=given)
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
