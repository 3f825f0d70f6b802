"""No test finds in the cache what another one left: the schedule changes their order."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    cache.clear()
