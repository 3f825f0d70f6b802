from __future__ import annotations

from collections.abc import Iterator

import pytest

from wallet.audit import audit


@pytest.fixture(autouse=True)
def whole_ledger(db: None) -> Iterator[None]:
    """Whatever a test did with the services, the ledger explains it."""
    yield
    assert audit().breaches == []
