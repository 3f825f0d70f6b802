"""A detached job that is moved from outside, as a worker would, on the server's own database."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from audio_api.models import Job
from tests.dashboard.jobs import cast

RATE_HZ, SECONDS = 8_000, 1


def begin(email: str, name: str) -> int:
    """A job that runs and has done nothing yet; its number."""
    job = cast.running(User.objects.get(email=email), name=name)
    tomorrow = timezone.now() + timedelta(days=1)
    Job.objects.filter(pk=job.pk).update(lease_until=tomorrow)
    assert job.number
    return job.number


def move(number: int, progress: int, stage: str) -> None:
    Job.objects.filter(number=number).update(progress=progress, stage=stage)


def finish(number: int) -> None:
    job = Job.objects.get(number=number)
    cast.succeed(job, ("talk.wav", "audio/wav", tone()), cast.WORDS)


def tone() -> bytes:
    """A second of 440 Hz that every browser plays."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        for n in range(RATE_HZ * SECONDS):
            sound.writeframes(
                struct.pack("<h", int(8_000 * math.sin(n * 440 * math.tau / RATE_HZ)))
            )
    return file.getvalue()
