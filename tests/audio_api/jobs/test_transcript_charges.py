"""A transcript in the worker: who pays for it, and when nobody does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from audio.engines.base import EngineError
from audio_api import channel
from audio_api.channel import Failed, Result
from audio_api.jobs import attempts
from tests.audio_api.halves import (
    events,
    hears,
    leave,
    spent,
    transcription,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_transcript_costs_its_input(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch, "one", "two")
    job, reader = transcription(user, tmp_path, seconds=3.0005)
    source = job.source
    assert default_storage.exists(source)
    attempts.run(job.id)
    job.refresh_from_db()
    result = events(reader)[-1]
    assert isinstance(result, Result)
    assert b"one two" in result.data
    assert (job.status, job.audio_ms, job.cost_micros) == ("succeeded", 3001, 501)
    assert spent(user) == result.cost_micros == 501
    assert not default_storage.exists(source), "the client's audio is not kept"


def test_silence_is_a_success_and_is_paid(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hears(monkeypatch)
    job, _ = transcription(user, tmp_path)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("succeeded", 500)


def test_who_leaves_before_the_transcript_pays_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job, reader = transcription(user, tmp_path)
    decoded: list[str] = []
    hears(
        monkeypatch, "one", lambda: leave(reader) and None, "two",
        lambda: decoded.append("more"), "three",
    )  # fmt: skip
    source = job.source
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)
    assert not decoded, "it stopped at the next segment"
    assert not default_storage.exists(source)


@pytest.mark.parametrize("texts", [[RuntimeError()], ["one", EngineError("no")]])
def test_a_failing_transcription_costs_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, texts: list[str | Exception]
) -> None:
    hears(monkeypatch, *texts)
    job, reader = transcription(user, tmp_path)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("failed", 0)
    assert isinstance(events(reader)[-1], Failed)


def test_a_transcript_that_nobody_waits_for_is_not_charged(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its web process died without a word."""
    hears(monkeypatch, "one")
    job, _ = transcription(user, tmp_path)
    monkeypatch.setattr(channel.memory.MemoryWriter, "listened", lambda self: False)
    attempts.run(job.id)
    job.refresh_from_db()
    assert (job.status, spent(user)) == ("cancelled", 0)
