"""The front half: what is held, and what is left when a job can't be started."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import redis
from django.core.files.storage import default_storage

from accounts.models import User
from audio_api.http import paid
from audio_api.jobs import start
from audio_api.models import Job
from tests.audio_api.halves import (
    spent,
    transcription,
)
from wallet import services as wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_queue_that_is_away_costs_nothing_and_keeps_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away(job: Job) -> None:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(start, "enqueue", away)
    with pytest.raises(Exception, match="queue is not available"):
        transcription(user, tmp_path)
    job = Job.objects.get()
    assert (job.status, spent(user)) == ("failed", 0)
    assert default_storage.listdir("jobs")[1] == []


def test_without_money_nothing_is_started_or_kept(user: User, tmp_path: Path) -> None:
    with pytest.raises(wallet.InsufficientBalance):
        transcription(user, tmp_path, seconds=7 * 3600)
    assert not Job.objects.exists()
    assert default_storage.listdir("jobs")[1] == []


def test_a_channel_that_cannot_be_opened_keeps_no_audio(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Away:
        async def open(self) -> None:
            raise redis.TimeoutError("no Redis")

    job, _ = transcription(user, tmp_path)
    assert default_storage.listdir("jobs")[1] != []
    monkeypatch.setattr(paid, "open_reader", lambda job_id: Away())

    with pytest.raises(redis.TimeoutError):
        asyncio.run(paid.started(job))

    assert default_storage.listdir("jobs")[1] == []
