"""An account with a dollar, and jobs that no queue takes."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from audio_api.jobs import detached
from tests.audio_api.jobs.conftest import _media, _no_queue, _whole_ledger, user

__all__ = ["_media", "_no_queue", "_whole_ledger", "user"]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that were put into their lane."""
    ids: list[str] = []
    monkeypatch.setattr(detached, "enqueue", lambda job: ids.append(str(job.pk)))
    return ids


@pytest.fixture
def as_user(user: User, client: Client) -> Client:
    client.force_login(user)
    return client
