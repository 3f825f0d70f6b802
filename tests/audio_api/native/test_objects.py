"""A job has every key that any of AudioPod's clients looks for, whatever state it is in."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import User
from audio_api import registry
from audio_api.models import Job
from audio_api.native.objects import created_answer, job_object
from audio_api.native.task_ids import number_in
from tests.audio_api.native.cast import Asked, cancelled, failed, queued, running, succeeded

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("whole_ledger")]

KEYS = {
    *("id", "job_id", "job_type", "task_id", "user_id", "status", "progress", "stage", "message"),
    *("display_name", "original_filename", "filename", "source_type", "source_url"),
    *("created_at", "updated_at", "started_at", "completed_at", "expires_at"),
    *("duration", "audio_duration", "total_duration", "output_url", "output_urls", "download_urls"),
    *("error_message", "error", "failure_reason", "estimated_credits", "credits_reserved"),
    *("credits_used", "cost_cents", "cost_usd", "service_type"),
}


def own_keys(job: Job) -> dict[str, Any]:
    return {"input_text": job.params.get("text"), "message": f"Made by {job.kind}."}


def test_a_job_that_waits(ada: User) -> None:
    job = queued(ada, display_name="Chapter 1")
    told = job_object(job)
    assert set(told) == KEYS
    assert told["id"] == told["job_id"] == job.number
    assert number_in(uuid.UUID(told["task_id"])) == job.number
    assert told["user_id"] == ada.pk
    assert told["job_type"] == told["service_type"] == "text_to_speech"
    assert (told["status"], told["progress"], told["stage"]) == ("PENDING", 0, None)
    assert told["display_name"] == told["filename"] == "Chapter 1"
    assert told["estimated_credits"] == told["credits_reserved"] == 75
    assert (told["credits_used"], told["cost_cents"], told["cost_usd"]) == (0, 0, "$0.00")
    assert parse_datetime(told["created_at"]) == job.created_at
    assert told["created_at"].endswith("Z")
    assert told["updated_at"] == told["created_at"]
    absent = KEYS - {key for key, value in told.items() if value is not None}
    assert absent == {
        *("stage", "original_filename", "source_type", "source_url", "started_at", "completed_at"),
        *("expires_at", "duration", "audio_duration", "total_duration", "output_url"),
        *("error_message", "error", "failure_reason"),
    }
    assert told["output_urls"] == told["download_urls"] == {}


def test_a_job_that_is_worked_at_says_how_far_it_is(ada: User, recording: Path) -> None:
    job = running(ada, recording)
    job.progress, job.stage = 40, "encoding"
    told = job_object(job)
    assert (told["status"], told["progress"], told["stage"]) == ("PROCESSING", 40, "encoding")
    assert told["original_filename"] == told["display_name"] == "häppy words.wav"
    assert told["source_type"] == "FILE"
    assert told["updated_at"] == told["started_at"]
    assert told["output_urls"] == {}, "what it was given is no output"


def test_a_job_that_is_done_links_to_each_of_its_outputs(ada: User) -> None:
    outputs = ({}, {"name": "stem", "file_name": "a.wav"}, {"name": "stem", "position": 1})
    job = succeeded(ada, *outputs)
    told = job_object(job)
    assert (told["status"], told["progress"]) == ("COMPLETED", 100)
    assert list(told["output_urls"]) == ["audio", "stem", "stem_1"]
    assert told["output_url"] == told["output_urls"]["audio"]
    assert told["output_url"].startswith("http://127.0.0.1:8000/media/")
    assert told["output_url"].endswith("/words.mp3")
    assert told["duration"] == told["audio_duration"] == told["total_duration"] == 5
    assert (told["credits_used"], told["credits_reserved"]) == (38, 0)
    assert told["estimated_credits"] == 75
    assert (told["cost_cents"], told["cost_usd"]) == (1, "$0.01")
    assert told["completed_at"] == told["updated_at"] < told["expires_at"]


def test_files_that_are_not_kept_any_more_have_no_links(ada: User) -> None:
    job = succeeded(ada)
    job.kept_until = job.finished_at
    assert (job_object(job)["output_url"], job_object(job)["output_urls"]) == (None, {})


def test_a_job_that_failed_says_why_under_each_name(ada: User) -> None:
    told = job_object(failed(ada))
    assert told["status"] == "FAILED"
    assert told["error_message"] == told["error"] == told["message"] == "It went wrong."
    assert told["failure_reason"] == "engine_error"
    assert (told["credits_used"], told["credits_reserved"], told["duration"]) == (0, 0, None)


def test_a_cancelled_job_reads_as_a_failed_one(ada: User) -> None:
    """Most of the client's loops do not know the word, and would wait until their time is over."""
    told = job_object(cancelled(ada))
    assert (told["status"], told["error_message"]) == ("FAILED", "Cancelled.")
    assert told["failure_reason"] == "cancelled"


def test_a_job_by_address_says_which(ada: User) -> None:
    told = job_object(queued(ada, asked=Asked(source_url="https://example.com/a.mp3")))
    assert (told["source_type"], told["source_url"]) == ("URL", "https://example.com/a.mp3")


def test_a_kind_of_work_adds_keys_of_its_own(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    services = dict(registry._services)
    services["speech"] = replace(
        services["speech"], native_keys=f"{__name__}.own_keys", job_type="single"
    )
    monkeypatch.setattr(registry, "_services", services)
    told = job_object(queued(ada))
    assert set(told) == {*KEYS, "input_text"}
    assert (told["input_text"], told["message"]) == ("Hello.", "Made by speech.")
    assert (told["job_type"], told["service_type"]) == ("single", "text_to_speech")


def test_what_is_created_has_its_id_under_both_names(ada: User) -> None:
    job = queued(ada)
    told = created_answer(job)
    assert told["id"] == told["job_id"] == job.number
    assert isinstance(told["id"], int)
    assert (told["status"], told["message"]) == ("PENDING", "The job waits for a worker.")
