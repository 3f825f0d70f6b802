from __future__ import annotations

import pytest

from accounts.models import User
from tests.offered import toy_service  # noqa: F401 - a fixture for every test of money
from tests.wallet.cast import fund
from tests.wallet.gateway.recording import RecordingGateway


@pytest.fixture
def user(db: None) -> User:
    """An account without any credit."""
    return User.objects.create_user("owner@example.org")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.org")


@pytest.fixture
def rich(user: User) -> User:
    """The account with a dollar."""
    fund(user, 1_000_000)
    return user


@pytest.fixture
def recording(settings, monkeypatch: pytest.MonkeyPatch) -> RecordingGateway:
    """The wallet's payment provider, in memory: payments are configured, with test keys."""
    settings.STRIPE_SECRET_KEY = "sk_test_recording"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_recording"]
    provider = RecordingGateway()
    monkeypatch.setattr("wallet.gateway._connected", lambda *_: provider)
    return provider
