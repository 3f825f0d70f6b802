"""Jobs that no client waits for, in each state that they can be in."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from audio_api.jobs import detached, files, settlement
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile

SOUND = bytes(range(256)) * 40
PRICE = 60_000
"""A micro-dollar a millisecond."""


@dataclass(frozen=True)
class Asked:
    """The least that a kind of work can be asked."""

    model: str = "any"
    source_url: str = ""

    def stored(self) -> dict[str, Any]:
        return {"source_url": self.source_url} if self.source_url else {"text": "Hello."}


def queued(user: User, upload: Path | None = None, **how: Any) -> Job:
    """A job that holds a cent. upload: its input; how: `kind`, `asked`, `display_name`."""
    kind, asked = how.pop("kind", "speech"), how.pop("asked", Asked())
    caller = Caller(user, how.pop("api_key", None), "req_1")
    job = detached.prepare(caller, kind, asked, PRICE, how.pop("most_ms", 10_000), **how)
    uploads = [detached.Upload(upload, "häppy words.wav", "audio/wav")] if upload else []
    return detached.start(job, uploads)


def running(user: User, upload: Path | None = None, **how: Any) -> Job:
    job = queued(user, upload, **how)
    assert Job.objects.claim(job.pk, lease=timedelta(minutes=1)) == 1
    job.refresh_from_db()
    return job


def output(job: Job, content: bytes = SOUND, **fields: Any) -> JobFile:
    """A file that is stored, and has no row yet."""
    named = {"name": "audio", "file_name": "words.mp3", "content_type": "audio/mpeg"} | fields
    return files.keep(job, JobFile.Role.OUTPUT, content=io.BytesIO(content), **named)


def succeeded(user: User, *outputs: dict[str, Any], **how: Any) -> Job:
    """A job of five seconds, which cost half a cent. outputs: of each what differs from others."""
    job = running(user, **how)
    made = [output(job, **fields) for fields in outputs or ({},)]
    settlement.succeed(job, 1, audio_ms=5_000, outputs=made)
    job.refresh_from_db()
    return job


def failed(user: User, **how: Any) -> Job:
    job = running(user, **how)
    settlement.fail(job, 1, code="engine_error", message="It went wrong.")
    job.refresh_from_db()
    return job


def cancelled(user: User, **how: Any) -> Job:
    job = queued(user, **how)
    assert detached.cancel(job)
    job.refresh_from_db()
    return job


def first_output(job: Job) -> JobFile:
    return job.files.filter(role=JobFile.Role.OUTPUT)[0]


def content_of(answer: Any) -> bytes:
    """What an answer brings, streamed or not."""

    async def read() -> bytes:
        return b"".join([block async for block in answer.streaming_content])

    return asyncio.run(read()) if answer.streaming else answer.content
