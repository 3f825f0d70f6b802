"""A user with a dollar, jobs that no queue takes, and a ledger that is whole after every test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import User
from audio_api.jobs import delivery, detached, resending, start, sweeper
from tests.audio_api.halves import (
    CREDIT,
    Settings,
)
from tests.audio_api.jobs import toy
from wallet import audit
from wallet import services as wallet


@pytest.fixture
def user() -> User:
    user = User.objects.create_user("runner@example.com")
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="test", actor="test", idempotency_key=str(user.pk)
    )
    return user


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.REDIS_URL = ""


@pytest.fixture(autouse=True)
def _whole_ledger() -> Iterator[None]:
    """After every test, whatever it did, the ledger and the jobs explain each other."""
    yield
    assert [str(breach) for breach in audit.audit().breaches] == []


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "enqueue", lambda job: None)
    monkeypatch.setattr(delivery, "DELIVERY_WAIT_SECONDS", 0.2)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of the toy make one second."""
    toy.sell(monkeypatch)
    toy.does(monkeypatch, toy.one_second)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The detached jobs whose messages were sent."""
    jobs: list[uuid.UUID] = []
    for module in (detached, resending, sweeper):
        monkeypatch.setattr(module, "enqueue", lambda job: jobs.append(job.id))
    return jobs
