"""No test finds what another one left: the schedule changes their order."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.utils import translation


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """An empty cache, and the language of who has asked for none."""
    cache.clear()
    # a page in German leaves its thread in German
    translation.deactivate()
