"""Recordings with a tone in them, and somebody who has them converted."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audio_api.jobs import attempts
from audio_api.models import Job
from tests.audio_api.halves import CREDIT, Settings
from tests.calling import Caller, calling_as
from wallet import services as wallet

RATE = 16_000
Send = Callable[..., Any]


def tone(seconds: float = 1.5, *, loudness: float = 0.3) -> bytes:
    """A wav file of 16 bits, mono."""
    time = np.arange(round(seconds * RATE)) / RATE
    samples = (np.sin(2 * np.pi * 440 * time) * loudness * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes(samples.tobytes())
    return file.getvalue()


def sent(name: str = "talk.wav", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, tone() if content is None else content, "audio/x-wav")


@pytest.fixture
def caller(user: User) -> Caller:
    return calling_as(user)


@pytest.fixture
def send(caller: Caller) -> Send:
    """`send("convert", file=…, output_format="mp3")`, as a form."""

    def post(path: str, once: str = "", **fields: Any) -> Any:
        headers = {"X-API-Key": caller.token} | ({"Idempotency-Key": once} if once else {})
        return Client().post(f"/api/v1/media-converter/{path}", fields, headers=headers)

    return post


def run(number: int) -> Job:
    """The job after a worker has had it."""
    attempts.run(Job.objects.get(number=number).pk)
    return Job.objects.get(number=number)


def leave(user: User, micros: int) -> None:
    """Take all but so much of the credit away."""
    wallet.adjust(
        user=user,
        amount_micros=micros - CREDIT,
        reason="test",
        actor="test",
        idempotency_key=f"leave-{user.pk}",
    )


@pytest.fixture
def short(settings: Settings) -> Settings:
    settings.CONVERSION_MAX_SECONDS = 100
    settings.URL_INTAKE_HOLD_SECONDS = 60
    return settings


def stored() -> list[str]:
    """What the storage has of jobs."""
    try:
        return default_storage.listdir("job-files")[1]
    except FileNotFoundError:
        return []


@pytest.fixture
def nothing_is_paid(user: User, background: None) -> Iterator[None]:
    yield
    assert wallet.balance(user).available_micros == CREDIT
    assert not Job.objects.exists()
    assert stored() == []
