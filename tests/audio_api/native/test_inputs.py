"""What `url` may lead to: an account's own jobs and files, and direct links."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audio_api import registry
from audio_api.jobs import detached
from audio_api.models import Job
from audio_api.native import media
from audio_api.native.inputs import resolve
from audiopod.common.links.reference import DirectLink
from audiopod.common.problem import Problem
from tests.audio_api.native.cast import failed, first_output, queued, succeeded

pytestmark = pytest.mark.django_db


def refused(text: str, user: User) -> tuple[int, str | None]:
    with pytest.raises(Problem) as refusal:
        resolve(text, user)
    return refusal.value.status, refusal.value.code


def test_the_output_of_a_job_of_ones_own(ada: User) -> None:
    subtitles = {"name": "subtitles", "content_type": "text/vtt", "file_name": "a.vtt"}
    job = succeeded(ada, subtitles, {})
    found = resolve(f"job:tts:{job.number}", ada)
    assert found == job.files.get(name="audio"), "the first that can be heard"
    assert resolve(f" JOB:speech:{job.number} ", ada) == found


def test_a_job_that_cannot_be_used(ada: User, eve: User) -> None:
    job = succeeded(ada)
    assert refused(f"job:tts:{job.number}", eve) == (404, "job_not_found")
    assert refused("job:tts:7", ada) == (404, "job_not_found")
    for other in (queued(ada), failed(ada)):
        assert refused(f"job:tts:{other.number}", ada) == (409, "job_not_completed")
    mute = succeeded(ada, {"content_type": "text/plain"})
    assert refused(f"job:tts:{mute.number}", ada) == (400, "unsupported_url")
    Job.objects.filter(pk=job.pk).update(kept_until=timezone.now() - timedelta(seconds=1))
    assert refused(f"job:tts:{job.number}", ada) == (410, "file_expired")
    detached.delete(mute)
    assert refused(f"job:tts:{mute.number}", ada) == (404, "job_not_found")


def test_a_key_has_only_read_to_it_what_it_may_read(ada: User) -> None:
    job = succeeded(ada)
    hears, _token = create_api_key(user=ada, name="hears", scopes=["transcribe"])
    both, _token = create_api_key(
        user=ada, name="both", scopes=["transcribe", registry.get(job.kind).scope]
    )
    with pytest.raises(Problem) as refusal:
        resolve(f"job:tts:{job.number}", ada, hears)
    assert (refusal.value.status, refusal.value.code) == (403, "missing_scope")
    assert resolve(f"job:tts:{job.number}", ada, both) == first_output(job)


def test_a_link_to_a_file_of_ones_own(ada: User) -> None:
    file = first_output(succeeded(ada))
    assert resolve(media.link(file), ada) == file
    assert resolve(f"{media.link(file)}?download=1", ada) == file


def test_a_link_to_this_server_that_cannot_be_used(
    ada: User, eve: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = media.link(first_output(succeeded(ada)))
    assert refused(link, eve) == (400, "unsupported_url")
    for other in (
        f"{settings.PUBLIC_URL}/",
        f"{settings.PUBLIC_URL}/api/v1/jobs",
        f"{settings.PUBLIC_URL}/media/",
        f"{settings.PUBLIC_URL}/media/x/y.mp3",
        link.replace("/media/", "/media/x"),
    ):
        assert refused(other, ada) == (400, "unsupported_url"), other
    later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: later)
    assert refused(link, ada) == (410, "file_expired")


def test_a_file_that_is_gone(ada: User) -> None:
    job = succeeded(ada)
    link = media.link(first_output(job))
    detached.delete(job)
    assert refused(link, ada) == (410, "file_expired")


def test_a_direct_link_is_left_to_be_fetched(ada: User) -> None:
    found = resolve("https://example.com/a.mp3", ada)
    assert found == DirectLink("https://example.com/a.mp3")


@pytest.mark.parametrize(
    "text",
    [
        *("", "a.mp3", "file:///etc/passwd", "http://127.0.0.1/a.mp3", "http://[::1]:9/a.mp3"),
        *("https://www.youtube.com/watch?v=x", "https://user:pass@example.com/a.mp3"),
        *("job:tts:x", "job:7", "ftp://example.com/a.mp3"),
    ],
)
def test_what_is_not_taken(ada: User, text: str) -> None:
    assert refused(text, ada) == (400, "unsupported_url")
