"""Detached jobs at every point of their lives, which no queue takes."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from audio_api.jobs import detached, files, settlement
from audio_api.jobs.detached import Upload
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.services.speech.params import SpeechRequest
from wallet import services as wallet

SAID = "the words that it is to say"
PRICE, MOST_MS = 40_000, 60_000
SOUND = ("talk.mp3", "audio/mpeg", b"ID3 a sound")
WORDS = ("talk.txt", "text/plain; charset=utf-8", b"What was heard in it.")
File = tuple[str, str, bytes]


def stranger(email: str = "eve@example.com") -> User:
    """Somebody else, with a dollar."""
    user = User.objects.create_user(email)
    wallet.grant(user=user, amount_micros=1_000_000, reason="t", actor="t", idempotency_key=email)
    return user


def waiting(user: User, *, name: str = "talk", upload: Path | None = None, **fields: Any) -> Job:
    """A job that no worker has taken."""
    asked: dict[str, Any] = {
        "model": "tts-1", "text": SAID, "voice_name": "nova", "engine": "double",
        "engine_voice": "nova", "language": "en-US", "response_format": "mp3", "speed": 1.0,
        "instructions": "",
    }  # fmt: skip
    caller = Caller(user, None, f"req_{uuid.uuid4().hex}")
    params = SpeechRequest(**asked)
    kind = fields.pop("kind", "speech")
    job = detached.prepare(caller, kind, params, PRICE, MOST_MS, display_name=name)
    job.voice_name = "nova"
    given = [Upload(upload, upload.name, "audio/mpeg")] if upload else []
    return detached.start(job, given)


def running(user: User, **fields: Any) -> Job:
    progress, stage = fields.pop("progress", 0), fields.pop("stage", "")
    job = waiting(user, **fields)
    assert Job.objects.claim(job.id, lease=timedelta(seconds=60)) == 1
    Job.objects.filter(pk=job.pk).update(progress=progress, stage=stage)
    job.refresh_from_db()
    return job


def done(user: User, *outputs: File, **fields: Any) -> Job:
    """A job that made files: a sound, where none are named."""
    return succeed(running(user, **fields), *outputs)


def succeed(job: Job, *outputs: File) -> Job:
    made = [_output(job, file, place) for place, file in enumerate(outputs or [SOUND])]
    settlement.succeed(job, job.attempt, audio_ms=30_000, outputs=made)
    job.refresh_from_db()
    return job


def failed(user: User, *, code: str = "engine_error", **fields: Any) -> Job:
    job = running(user, **fields)
    settlement.fail(job, 1, code=code, message="It broke.")
    job.refresh_from_db()
    return job


def _output(job: Job, file: File, place: int) -> JobFile:
    name, content_type, content = file
    return files.keep(
        job,
        JobFile.Role.OUTPUT,
        "output",
        io.BytesIO(content),
        file_name=name,
        content_type=content_type,
        position=place,
    )


def columns(job: Job, *names: str) -> Mapping[str, Any]:
    """What the row says now."""
    return Job.objects.values(*names).get(pk=job.pk)
