"""Telling an account that a job has ended, in the transaction in which it ends."""

from __future__ import annotations

from typing import Any

from audio_api import registry
from audio_api.models import Job
from audio_api.registry import UnknownService
from webhooks import outbox
from webhooks.events import Event

_EVENTS = {
    Job.Status.SUCCEEDED: (Event.COMPLETED, "completed"),
    Job.Status.FAILED: (Event.FAILED, "failed"),
    Job.Status.CANCELLED: (Event.CANCELLED, "cancelled"),
}
"""What each end is called."""


def announce(
    job: Job, status: Job.Status, *, error_code: str = "", error_message: str = ""
) -> None:
    """Put what is to be told into the outbox: to the account's endpoints, and to the address that
    the job was given. A job whose client waits for its answer is nobody's news."""
    if not job.is_detached:
        return
    event, word = _EVENTS[status]
    told: dict[str, Any] = {"job_id": job.number, "job_type": job_type(job), "status": word}
    if status is not Job.Status.SUCCEEDED:
        told |= {"error_message": error_message, "failure_reason": error_code}
    outbox.write(job.user_id, event, job_number=job.number, told=told, url=job.webhook_url)


def job_type(job: Job) -> str:
    """What AudioPod's own API calls a job of this kind."""
    try:
        service = registry.get(job.kind)
    except UnknownService:
        return job.kind
    return service.job_type or service.offer.service_type
