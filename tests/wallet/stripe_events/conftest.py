from __future__ import annotations

import pytest

from accounts.models import User
from tests.wallet.gateway.recording import RecordingGateway
from wallet.models import AutoRecharge, Topup


@pytest.fixture(autouse=True)
def _configured(recording: RecordingGateway) -> None:
    """Test keys, and a provider that knows of no payment."""


@pytest.fixture
def topup(user: User) -> Topup:
    """25 dollars, asked for by a page."""
    return Topup.objects.create(
        user=user,
        kind="checkout",
        status="open",
        amount_cents=2500,
        livemode=False,
        session_id="cs_1",
    )


@pytest.fixture
def auto(user: User) -> Topup:
    """25 dollars, charged to a saved card."""
    AutoRecharge.objects.create(user=user)
    return Topup.objects.create(
        user=user, kind="auto", status="processing", amount_cents=2500, livemode=False
    )
