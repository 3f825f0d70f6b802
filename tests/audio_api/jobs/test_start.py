"""The front half: what is held, and what is left when a job can't be started."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio_api.jobs import start
from audio_api.models import Job
from audio_api.services.speech.price import SPELT_MS, longest_speech_ms
from tests.audio_api.halves import (
    spent,
    transcription,
)
from wallet import services as wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("text", ["www " * 40, "xwqz " * 30, "km kg lb " * 15, "1234567890", "WHO"])
def test_what_is_spelt_is_held_for_as_spelt(text: str) -> None:
    letters = sum(not c.isspace() for c in text)
    assert longest_speech_ms(text, 1.0) >= letters * SPELT_MS


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
