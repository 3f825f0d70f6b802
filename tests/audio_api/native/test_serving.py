"""Links to the files of jobs: whole and in parts, for whoever has one, until it is too old."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.signing import Signer
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import detached
from audio_api.models import Job
from audio_api.native import media, reading
from tests.audio_api.native.cast import SOUND, content_of, first_output, succeeded

pytestmark = pytest.mark.django_db

AUDIO = "audio/mpeg"


@pytest.fixture
def job(ada: User) -> Job:
    return succeeded(ada)


@pytest.fixture
def path(job: Job) -> str:
    return path_of(job)


def path_of(job: Job) -> str:
    return urlsplit(media.link(first_output(job))).path


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers={name.replace("_", "-"): v for name, v in headers.items()})


def test_a_link_is_absolute_and_opens_without_a_key(job: Job, settings: Any) -> None:
    settings.PUBLIC_URL = "https://audio.example.com/pod"
    link = media.link(first_output(job))
    assert link.startswith("https://audio.example.com/pod/media/")
    answer = get(link.removeprefix("https://audio.example.com/pod"))
    assert answer.status_code == 200
    assert content_of(answer) == SOUND


def test_what_an_answer_says_of_the_file(path: str) -> None:
    headers = get(path).headers
    assert headers["Content-Type"] == AUDIO
    assert headers["Content-Length"] == str(len(SOUND))
    assert headers["Content-Disposition"] == 'inline; filename="words.mp3"'
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" not in headers["Content-Security-Policy"]
    kept, seconds = headers["Cache-Control"].split(", max-age=")
    assert kept == "private"
    assert 3590 < int(seconds) <= 3600


def test_each_link_is_made_anew_and_all_open_the_file(job: Job, settings: Any) -> None:
    file = first_output(job)
    first = media.link(file)
    settings.MEDIA_LINK_SECONDS = 7200
    second = media.link(file)
    assert first != second
    assert {get(urlsplit(link).path).status_code for link in (first, second)} == {200}


def test_the_name_of_a_link_does_not_change_what_it_opens(path: str) -> None:
    answer = get(path.replace("words.mp3", "invoice.html"))
    assert answer.headers["Content-Type"] == AUDIO
    assert "words.mp3" in answer.headers["Content-Disposition"]


# --- parts ----------------------------------------------------------------------------------
SIZE = len(SOUND)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-7", SIZE - 7, SIZE - 1),
        ("bytes=5-99999999", 5, SIZE - 1),
    ],
)
def test_a_part_of_a_file(path: str, asked: str, first: int, last: int) -> None:
    answer = get(path, range=asked)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert content_of(answer) == SOUND[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=5-2", "bytes=x"])
def test_a_part_that_the_file_has_not(path: str, asked: str) -> None:
    answer = get(path, range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "seconds=0-1"])
def test_what_is_not_one_range_of_bytes_brings_the_whole(path: str, asked: str) -> None:
    answer = get(path, range=asked)
    assert (answer.status_code, content_of(answer)) == (200, SOUND)


def test_a_download_goes_on_where_it_broke_off(path: str) -> None:
    etag = get(path).headers["ETag"]
    rest = get(path, range="bytes=10-", if_range=etag)
    assert (rest.status_code, content_of(rest)) == (206, SOUND[10:])


@pytest.mark.parametrize("other", ['"another"', "Mon, 30 Nov 2026 10:00:00 GMT"])
def test_a_part_of_another_version_is_answered_with_the_whole(path: str, other: str) -> None:
    answer = get(path, range="bytes=10-", if_range=other)
    assert (answer.status_code, content_of(answer)) == (200, SOUND)


def test_a_file_that_the_client_has_is_not_sent_again(path: str) -> None:
    etag = get(path).headers["ETag"]
    answer = get(path, if_none_match=etag)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert answer.headers["Cache-Control"].startswith("private")


def test_head_says_the_same_without_the_file(path: str) -> None:
    for asked in ({}, {"range": "bytes=5-9"}):
        whole = get(path, **asked)
        head = Client().head(path, headers=asked)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        for name in ("Content-Length", "Content-Range", "Content-Type", "ETag"):
            assert head.headers.get(name) == whole.headers.get(name), name


def test_an_empty_file(ada: User) -> None:
    path = path_of(succeeded(ada, {"content": b""}))
    answer = get(path)
    assert (answer.status_code, content_of(answer)) == (200, b"")
    assert answer.headers["Content-Length"] == "0"
    assert get(path, range="bytes=0-").status_code == 416


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_file_is_only_read(path: str, method: str) -> None:
    assert getattr(Client(enforce_csrf_checks=True), method)(path).status_code == 405


# --- names and types ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "in_path", "header"),
    [
        ("a b.mp3", "a%20b.mp3", 'inline; filename="a b.mp3"'),
        ("grüße.mp3", "gr%C3%BC%C3%9Fe.mp3", "inline; filename*=utf-8''gr%C3%BC%C3%9Fe.mp3"),
        ('say "hi".mp3', "say%20%22hi%22.mp3", 'inline; filename="say \\"hi\\".mp3"'),
        ("a\r\nSet-Cookie: x.mp3", "a__Set-Cookie%3A%20x.mp3", 'filename="a__Set-Cookie: x.mp3"'),
        ("../../etc/passwd", "passwd", 'inline; filename="passwd"'),
        ("..", "file", 'inline; filename="file"'),
        ("", "file", 'inline; filename="file"'),
    ],
)
def test_a_name_is_fit_for_the_path_and_for_the_header(
    ada: User, name: str, in_path: str, header: str
) -> None:
    file = first_output(succeeded(ada, {"file_name": name}))
    path = urlsplit(media.link(file)).path
    assert path.endswith(f"/{in_path}")
    answer = get(path)
    assert answer.status_code == 200
    assert header in answer.headers["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xml", ""])
def test_what_a_browser_might_run_is_saved_and_may_do_nothing(ada: User, kind: str) -> None:
    headers = get(path_of(succeeded(ada, {"content_type": kind}))).headers
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"


# --- links that do not open -----------------------------------------------------------------
def refused(path: str, status: int) -> str:
    answer = get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.content.decode())


def test_an_old_link_says_where_there_is_a_new_one(path: str, monkeypatch: Any) -> None:
    later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: later)
    assert "has expired. Ask for the job again" in refused(path, 410)


def test_a_forged_link_is_refused(job: Job, path: str, settings: Any) -> None:
    token = path.split("/")[2]
    body, signature = token.rsplit(".", 1)
    later = Signer(sep=".", salt="another").sign_object([first_output(job).pk, 2**40])
    for forged in (token[:-1], f"{body}A.{signature}", f"A.{signature}", later, "x", f"{body}."):
        assert "not a link that this server has made" in refused(f"/media/{forged}/a.mp3", 403)
    settings.SECRET_KEY = "another installation's"
    refused(path, 403)


def test_a_link_outlives_a_change_of_the_secret(path: str, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    assert get(path).status_code == 200


def test_a_file_of_a_deleted_job_is_gone(job: Job, path: str) -> None:
    detached.delete(job)
    assert "not kept" in refused(path, 404)


def test_a_file_is_gone_from_the_moment_until_which_it_is_kept(job: Job, path: str) -> None:
    Job.objects.update(kept_until=timezone.now() - timedelta(seconds=1))
    refused(path, 404)


def test_the_files_of_a_closed_account_are_gone(ada: User, path: str) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    refused(path, 404)


def test_a_file_that_the_storage_has_lost_is_gone(job: Job, path: str) -> None:
    default_storage.delete(first_output(job).path)
    refused(path, 404)


# --- how it is read -------------------------------------------------------------------------
async def test_a_large_file_is_read_block_by_block_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large"
    path.write_bytes(SOUND * 200)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    with path.open("rb") as file:
        file.seek(5)
        blocks = reading.blocks(file, 2_500)
        assert [len(await anext(blocks)) for _ in range(2)] == [1_000, 1_000]
        assert file.tell() == 2_005, "no more is read than is taken"
        await blocks.aclose()
        assert file.closed, "whoever leaves leaves no open file"


class Bucket:
    """A storage whose files are objects of a bucket."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[str] = []
        self.obj = self

    def open(self, path: str) -> Bucket:
        return self

    def get(self, **asked: str) -> dict[str, Any]:
        self.asked.append(asked["Range"])
        return {"Body": self}


def test_of_a_bucket_only_the_part_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket(SOUND)
    monkeypatch.setattr(reading, "default_storage", bucket)
    assert reading.opened("job-files/x", range(10, 20)) is bucket
    assert bucket.asked == ["bytes=10-19"]


@pytest.mark.django_db(transaction=True)
async def test_a_file_is_served_on_the_event_loop(ada: User) -> None:
    path = await sync_to_async(lambda: path_of(succeeded(ada)))()
    answer = await AsyncClient().get(path, headers={"Range": "bytes=1-3"})
    assert answer.status_code == 206
    assert b"".join([block async for block in answer.streaming_content]) == SOUND[1:4]
