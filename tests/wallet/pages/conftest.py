"""Who looks at the wallet's pages, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from tests.wallet.gateway.recording import RecordingGateway

PAYMENT_PAGES = "https://checkout.example"


@pytest.fixture(autouse=True)
def no_changes_counted() -> Iterator[None]:
    """Each test may ask as often as an account may in a minute."""
    limits._limiter.cache_clear()
    yield
    limits._limiter.cache_clear()


@pytest.fixture
def as_owner(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger)
    return client


@pytest.fixture
def paying(recording: RecordingGateway, settings: Settings) -> RecordingGateway:
    """Payments are configured, and forms may lead to their pages."""
    settings.STRIPE_API_BASE = PAYMENT_PAGES
    return recording
