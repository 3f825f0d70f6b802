from __future__ import annotations

import pytest

from accounts.models import User
from tests.wallet.billing_cast import DOLLAR, standing_order
from tests.wallet.cast import fund
from tests.wallet.gateway.recording import RecordingGateway
from wallet.models import AutoRecharge


@pytest.fixture
def stripe(recording: RecordingGateway) -> RecordingGateway:
    return recording


@pytest.fixture
def order(stripe: RecordingGateway, user: User) -> AutoRecharge:
    """$25.00 below $5.00, at most $100.00 a month; $4.00 are left."""
    fund(user, 4 * DOLLAR)
    return standing_order(stripe, user)
