"""A job as AudioPod's own clients read it: one object for every kind of work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string

from audio_api import registry
from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.credits import credits_up
from audio_api.native.task_ids import task_id
from audiopod.common import money
from wallet.api.spelling import cents_and_usd, plain_number

# A client that waits for a cancelled job knows "FAILED" alone: at any other word it waits on.
STATUSES = {
    Job.Status.QUEUED: "PENDING",
    Job.Status.RUNNING: "PROCESSING",
    Job.Status.SUCCEEDED: "COMPLETED",
    Job.Status.FAILED: "FAILED",
    Job.Status.CANCELLED: "FAILED",
}
CANCELLED = "Cancelled."
MESSAGES = {
    Job.Status.QUEUED: "The job waits for a worker.",
    Job.Status.RUNNING: "The job is being worked at.",
    Job.Status.SUCCEEDED: "The job is done.",
}


def job_object(job: Job) -> dict[str, Any]:
    """A job with every key that any of AudioPod's clients looks for. Its links are made anew.

    `Service.native_keys` adds what its kind has beside that. Of many jobs, prefetch `files`.
    """
    files = sorted(job.files.all(), key=lambda file: (file.position, file.pk))
    uploads = [file for file in files if file.role == JobFile.Role.UPLOAD]
    links = _links([file for file in files if file.role == JobFile.Role.OUTPUT and is_kept(job)])
    return {
        **_identity(job),
        **_state(job),
        **_source(job, uploads[0] if uploads else None),
        **_times(job),
        **_money(job),
        "output_url": next(iter(links.values()), None),
        "output_urls": links,
        "download_urls": links,
        **_of_its_kind(job),
    }


def created_answer(job: Job) -> dict[str, Any]:
    """What an endpoint answers with that has created a job, or found it by its Idempotency-Key."""
    return job_object(job)


def _identity(job: Job) -> dict[str, Any]:
    service = registry.get(job.kind)
    return {
        "id": job.number,
        "job_id": job.number,
        "task_id": str(task_id(job.number or 0)),
        "user_id": job.user_id,
        "job_type": service.job_type or service.offer.service_type,
        "service_type": service.offer.service_type,
    }


def _state(job: Job) -> dict[str, Any]:
    status = Job.Status(job.status)
    cancelled = status is Job.Status.CANCELLED
    error = CANCELLED if cancelled else job.error_message or None
    return {
        "status": STATUSES[status],
        "progress": job.progress,
        "stage": job.stage or None,
        "message": MESSAGES.get(status) or error,
        "error_message": error,
        "error": error,
        "failure_reason": "cancelled" if cancelled else job.error_code or None,
    }


def _source(job: Job, upload: JobFile | None) -> dict[str, Any]:
    """What the job was given. A service keeps an address as `source_url` in the job's params."""
    url = job.params.get("source_url") or None
    original = upload.file_name if upload else None
    return {
        "display_name": job.display_name or original,
        "original_filename": original,
        "filename": original or job.display_name or None,
        "source_type": "URL" if url else "FILE" if upload else None,
        "source_url": url,
    }


def _times(job: Job) -> dict[str, Any]:
    told = [job.created_at, job.started_at, job.finished_at]
    seconds = plain_number(job.audio_seconds) if job.status == Job.Status.SUCCEEDED else None
    return {
        "created_at": iso(job.created_at),
        "updated_at": iso(max(time for time in told if time)),
        "started_at": iso(job.started_at),
        "completed_at": iso(job.finished_at),
        "expires_at": iso(job.kept_until),
        "duration": seconds,
        "audio_duration": seconds,
        "total_duration": seconds,
    }


def _money(job: Job) -> dict[str, Any]:
    held = credits_up(job.held_micros)
    return {
        "estimated_credits": held,
        "credits_reserved": 0 if job.is_over else held,
        "credits_used": credits_up(job.cost_micros),
        **cents_and_usd("cost", money.cents_up(job.cost_micros)),
    }


def _links(outputs: list[JobFile]) -> dict[str, str]:
    """Each output by its name, of several of one name with a number: `audio`, `audio_1`, …"""
    return {
        f"{file.name}_{file.position}" if file.position else file.name: media.link(file)
        for file in outputs
    }


def _of_its_kind(job: Job) -> dict[str, Any]:
    path = registry.get(job.kind).native_keys
    if not path:
        return {}
    keys: Callable[[Job], dict[str, Any]] = import_string(path)
    return keys(job)


def is_kept(job: Job) -> bool:
    """Whether the files of a job that is over can still be had."""
    return job.kept_until is not None and job.kept_until > timezone.now()


def iso(time: datetime | None) -> str | None:
    """A time as the API writes it: in UTC, with a Z."""
    return time.isoformat().replace("+00:00", "Z") if time else None
