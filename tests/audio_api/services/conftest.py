"""What tests of detached work ask for: a user with a dollar, a storage, and no queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.models import User
from audio_api.channel import waiting
from audio_api.jobs import detached
from tests.audio_api.halves import CREDIT, Settings
from wallet import audit
from wallet import services as wallet


@pytest.fixture
def user(db: None) -> User:
    user = User.objects.create_user("background@example.com")
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="test", actor="test", idempotency_key=str(user.pk)
    )
    return user


@pytest.fixture
def background(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None
) -> Iterator[None]:
    """Jobs lie in a queue that nobody reads. At the end the ledger is whole."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.REDIS_URL = ""
    monkeypatch.setattr(detached, "enqueue", lambda job: None)
    # what a test has written may be in a transaction of its connection, which must stay open
    monkeypatch.setattr(waiting, "close_old_connections", lambda: None)
    yield
    assert [str(breach) for breach in audit.audit().breaches] == []
