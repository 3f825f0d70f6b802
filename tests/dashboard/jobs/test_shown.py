"""What a page shows of a job, of what it was given and of what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audio_api.jobs import files
from audio_api.models import Job
from dashboard.requests import advice_on
from tests.dashboard.jobs.cast import (
    SAID,
    SOUND,
    WORDS,
    columns,
    done,
    failed,
    running,
)
from tests.dashboard.jobs.looks import listed, of_job, said
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_job_is_shown_with_what_it_was_given_and_made(
    user: User, as_user: Client, tmp_path: Path
) -> None:
    upload = tmp_path / "interview.mp3"
    upload.write_bytes(b"x" * 2048)
    page, words = of_job(as_user, done(user, SOUND, WORDS, name="an interview", upload=upload))

    names = [audio["aria-label"] for audio in page.all("audio")]
    assert names == ["talk.mp3", "interview.mp3"]
    for told in ("interview.mp3 2.0", "talk.txt 21", "What was heard in it.", SAID, "$0.02"):
        assert told in words
    assert words.count("Download") == 3


def test_what_was_heard_is_read_out_of_json(user: User, as_user: Client) -> None:
    heard = ("talk.json", "application/json", b'{"text": "Out of an object.", "words": []}')
    edited = b"""{"versions": [{"segments": [{"text": "Mistaken."}]},
        {"segments": [{"text": "Once heard,"}, {"text": " then edited."}]}]}"""
    stored = ("transcript.json", "application/json", edited)
    broken = ("odd.json", "application/json", b"no JSON")
    _, words = of_job(as_user, done(user, heard, stored, broken))
    assert "Out of an object." in words
    assert "Once heard, then edited." in words
    assert "Mistaken." not in words
    assert "odd.json" in words
    assert "no JSON" not in words


def test_a_long_text_is_cut(user: User, as_user: Client) -> None:
    long = ("long.txt", "text/plain", "ö".encode() * 5000)
    _, words = of_job(as_user, done(user, long))
    assert "ö" * 1500 + "…" in words
    assert "ö" * 1501 not in words


def test_a_page_whose_files_are_lost_is_shown_all_the_same(user: User, as_user: Client) -> None:
    job = done(user, WORDS)
    default_storage.delete(job.files.get().path)
    _, words = of_job(as_user, job)
    assert "talk.txt" in words


def test_after_its_time_a_job_is_a_record_without_content(user: User, as_user: Client) -> None:
    job = done(user, name="a secret name")
    Job.objects.update(kept_until=timezone.now())
    assert files.erase_expired() == 1
    _, words = of_job(as_user, job)
    for secret in ("a secret name", SAID, "talk.mp3"):
        assert secret not in words
    assert "erased" in words
    assert "$0.02" in words


def test_a_failure_is_told_in_words_with_advice(user: User, as_user: Client) -> None:
    _, words = of_job(as_user, failed(user))
    assert "It broke. engine_error The server failed. Send the request again." in words
    assert "Retrying runs it again from its beginning." in words
    # what only one kind of work answers with has advice too
    _, words = of_job(as_user, failed(user, code="unspeakable_input"))
    assert str(advice_on("unspeakable_input")) in words
    assert advice_on("unspeakable_input")


def test_names_of_others_are_only_words(user: User, as_user: Client) -> None:
    evil = "<script>alert(1)</script>"
    job = done(user, ("<b>talk", "text/plain", evil.encode()), name=evil)
    _, words = of_job(as_user, job)
    assert words.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2, "its name, its text"
    assert "&lt;b&gt;talk" in words
    assert "&lt;script&gt;" in listed(as_user)


def test_the_log_of_requests_leads_to_the_job(user: User, as_user: Client) -> None:
    job = running(user)
    answer = as_user.get(reverse("request", args=[job.pk]))
    page_of(answer)
    assert reverse("job", args=[job.number]) in answer.content.decode()
    assert "A job that is cancelled costs nothing." in said(answer)

    cancelled = as_user.post(reverse("request-cancel", args=[job.pk]), follow=True)
    page_of(cancelled)
    assert "The job was cancelled. Nothing was charged." in said(cancelled)
    assert columns(job, "status", "cost_micros") == {"status": "cancelled", "cost_micros": 0}
