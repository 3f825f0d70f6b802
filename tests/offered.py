"""A service that no code of the product has ever heard of."""

from __future__ import annotations

import pytest

from wallet import offers
from wallet.offers import Basis, Offer


@pytest.fixture
def toy_service(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """One more offer, with a mode that is usual and one that may cost more."""
    monkeypatch.setattr(offers, "_offers", {**offers._offers})
    toy = Offer(
        "toy_service",
        "toy making",
        Basis.OUTPUT,
        aliases=("toys",),
        modes=("small", "big"),
        default_mode="small",
    )
    offers.register(toy)
    return toy
