from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.wallet.gateway.recording import RecordingGateway


@pytest.fixture
def stripe(recording: RecordingGateway) -> RecordingGateway:
    cache.clear()
    return recording
