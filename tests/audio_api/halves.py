"""What drives the two halves of a job in tests, without a server: engines, requests, clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from audio.engines import registry
from audio.engines.base import AudioChunk, Segment, Transcription
from audio_api import channel
from audio_api.channel import Audio, Event, Result
from audio_api.channel.memory import MemoryReader
from audio_api.jobs import delivery, start
from audio_api.jobs.idempotency import IdempotencyKey
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import prepare_speech
from audio_api.services.transcription.params import TranscriptionRequest
from audio_api.services.transcription.price import prepare_transcription
from wallet import services as wallet

Settings = Any
CREDIT = 1_000_000
TEXT = "hello and a very good morning to you"
"""Held for more than two seconds."""


class Voice:
    """An engine that does what the test says, one call a chunk."""

    name = "double"

    def __init__(self, *steps: float | Exception | Callable[[], None]) -> None:
        self.steps = steps

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                step()
                continue
            samples = np.sin(np.arange(int(step * 24_000)) / 20).astype(np.float32)
            yield AudioChunk(samples, 24_000)


class Ear:
    name = "double"

    def __init__(self, *texts: str | Exception | Callable[[], None]) -> None:
        self.texts = texts

    def transcribe(self, samples: object, **kwargs: object) -> Transcription:
        return Transcription("en", self._segments())

    def _segments(self) -> Iterator[Segment]:
        for number, text in enumerate(self.texts):
            if isinstance(text, Exception):
                raise text
            if callable(text):
                text()
                continue
            yield Segment(number, 0, number, number + 1, " " + text, [], 0.0, -0.1, 1.0, 0.0)


def speaks(monkeypatch: pytest.MonkeyPatch, *steps: float | Exception | Callable[[], None]) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: Voice(*steps))


def hears(monkeypatch: pytest.MonkeyPatch, *texts: str | Exception | Callable[[], None]) -> None:
    monkeypatch.setattr(registry, "get", lambda kind: Ear(*texts))


def speech(user: User, *, key: str = "", **asked: Any) -> tuple[Job, MemoryReader]:
    """key: of a request that is kept."""
    fields: dict[str, Any] = {
        "model": "tts-1", "text": TEXT, "voice_name": "nova", "engine": "double",
        "engine_voice": "nova", "language": "en-US", "response_format": "pcm", "speed": 1.0,
        "instructions": "",
    }  # fmt: skip
    request = SpeechRequest(**{**fields, **asked})
    once = IdempotencyKey(key, "0" * 64) if key else None
    job = prepare_speech(Caller(user, None, "req_1", once), request)
    reader = channel.open_reader(job.id)
    start.start(job)
    assert isinstance(reader, MemoryReader)
    return job, reader


def transcription(user: User, tmp_path: Path, seconds: float = 3.0) -> tuple[Job, MemoryReader]:
    audio = tmp_path / "in.pcm"
    audio.write_bytes(bytes(int(seconds * 16_000) * 2))
    request = TranscriptionRequest(
        model="whisper-1", task="transcribe", response_format="json", language=None, prompt="",
        temperature=None, granularities=("segment",), seconds=seconds,
    )  # fmt: skip
    job = prepare_transcription(Caller(user, None, "req_2"), request, audio)
    reader = channel.open_reader(job.id)
    start.start(job)
    assert isinstance(reader, MemoryReader)
    return job, reader


def events(reader: MemoryReader) -> Sequence[Event]:
    return list(reader.channel.events)


def leave(reader: MemoryReader, *, delivered_ms: int = 0, cancelled: bool = True) -> bool:
    """What the web process does at the end of a response, without an event loop."""
    channel = reader.channel
    with channel.changed:
        channel.delivered_ms, channel.closed, channel.cancelled = delivered_ms, True, cancelled
        channel.changed.notify_all()
        return channel.deferred


def spent(user: User) -> int:
    left = wallet.balance(user)
    assert left.held_micros == 0, "nothing is held when all jobs are over"
    return CREDIT - left.posted_micros


def sent_audio(reader: MemoryReader) -> bytes:
    return b"".join(event.data for event in events(reader) if isinstance(event, Audio))


def settle_whole(job: Job, reader: MemoryReader) -> None:
    leave(reader, delivered_ms=750, cancelled=False)
    delivery.settle_delivered(job.id)


def has_arrived(job: Job, reader: MemoryReader) -> None:
    """What the web process does when the client's machine has got a transcript whole."""
    (result,) = [event for event in events(reader) if isinstance(event, Result)]
    leave(reader, delivered_ms=result.audio_ms, cancelled=False)
    delivery.settle_delivered(job.id)


def past_its_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
