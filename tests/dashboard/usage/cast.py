"""Requests of the past, which count in the days as if they had just ended."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from audio_api.jobs import days
from audio_api.models import Job

SAID = "the secret text"


def used(user: User, **fields: Any) -> Job:
    """A request that succeeded just now, if `fields` do not say otherwise."""
    at = fields.pop("created_at", timezone.now() - timedelta(seconds=1))
    is_open = fields.get("status") in Job.OPEN
    made_nothing = is_open or fields.get("status") == Job.Status.FAILED
    row: dict[str, Any] = {
        "request_id": f"req_{uuid.uuid4().hex}",
        "kind": "speech",
        "status": Job.Status.SUCCEEDED,
        "model": "tts-1",
        "voice_name": "nova" if fields.get("kind", "speech") == "speech" else "",
        "params": {"text": SAID, "response_format": "mp3"},
        "queue_deadline": at,
        "price_micros_per_minute": 40_000,
        "held_micros": 10_000,
        "audio_ms": 0 if made_nothing else 5_601,
        "cost_micros": 0 if made_nothing else 3_734,
        "created_at": at,
        "started_at": at + timedelta(milliseconds=40),
        "finished_at": None if is_open else at + timedelta(milliseconds=840),
    }
    job = Job.objects.create(user=user, **(row | fields))
    if job.finished_at:
        days.record(
            job,
            Job.Status(job.status),
            audio_ms=job.audio_ms,
            cost_micros=job.cost_micros,
            finished_at=job.finished_at,
        )
    return job
