"""Recordings with a tone and noise in them, and somebody who has the noise taken away."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audio.engines import registry, status
from audio.engines.base import Cleaning, NoiseReductionEngine, Samples
from audio_api.jobs import attempts
from audio_api.models import Job
from tests.audio_api.halves import CREDIT
from tests.calling import Caller, calling_as
from wallet import services as wallet

RATE = 16_000
Send = Callable[..., Any]


class Quieter:
    """An engine that makes everything ten times quieter, which is 20 dB."""

    name = "quieter"
    sample_rate = 48_000

    def __init__(self) -> None:
        self.asked: list[Cleaning] = []
        self.is_here = True

    def load(self) -> None: ...

    def available(self) -> bool:
        return self.is_here

    def clean(self, blocks: Iterable[Samples], *, mode: Cleaning) -> Iterator[Samples]:
        self.asked.append(mode)
        for block in blocks:
            yield block / 10


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Quieter:
    """Instead of the real one, which no test of money has to wait for."""
    quieter = Quieter()
    monkeypatch.setitem(registry._engines, NoiseReductionEngine, {quieter.name: quieter})
    monkeypatch.setattr(status, "_broken", {})
    return quieter


def noisy(seconds: float = 1.5, *, loudness: float = 0.3, channels: int = 1) -> bytes:
    """A wav file of 16 bits: a tone, and noise 30 dB below it. Channels differ in their pitch."""
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(7).normal(0, loudness / 30, (len(time), channels))
    pitches = 440 * (1 + np.arange(channels))
    samples = loudness * np.sin(2 * np.pi * time[:, None] * pitches) + noise
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((channels, 2, RATE, 0, "NONE", ""))
        written.writeframes((samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def sent(name: str = "talk.wav", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, noisy() if content is None else content, "audio/x-wav")


@pytest.fixture
def caller(user: User) -> Caller:
    return calling_as(user)


@pytest.fixture
def send(caller: Caller) -> Send:
    """`send(file=…, quality_mode="studio")`, as a form."""

    def post(once: str = "", **fields: Any) -> Any:
        headers = {"X-API-Key": caller.token} | ({"Idempotency-Key": once} if once else {})
        return Client().post("/api/v1/denoiser/denoise", fields, headers=headers)

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
