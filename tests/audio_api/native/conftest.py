"""Two accounts with a dollar each, no queue, and a ledger that is whole after every test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from audio_api import registry
from audio_api.channel import waiting
from audio_api.jobs import detached
from tests.wallet.cast import fund
from wallet import audit


@pytest.fixture(autouse=True)
def _installation(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.REDIS_URL = ""


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detached, "enqueue", lambda job: None)


@pytest.fixture(autouse=True)
def _alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of work has only what all have: what each adds is tested with it."""
    alike = {service.kind: replace(service, native_keys="") for service in registry.services()}
    monkeypatch.setattr(registry, "_services", alike)


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has written is in a transaction of its connection, which must stay open."""
    monkeypatch.setattr(waiting, "close_old_connections", lambda: None)


@pytest.fixture
def ada(db: None) -> User:
    return _with_a_dollar("ada@example.com")


@pytest.fixture
def eve(db: None) -> User:
    return _with_a_dollar("eve@example.com")


def _with_a_dollar(email: str) -> User:
    user = User.objects.create_user(email)
    fund(user, 1_000_000)
    return user


@pytest.fixture
def whole_ledger(db: None) -> Iterator[None]:
    """After the test the ledger and the jobs explain each other."""
    yield
    assert [str(breach) for breach in audit.audit().breaches] == []


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    path.write_bytes(b"RIFF" + bytes(5_000))
    return path
