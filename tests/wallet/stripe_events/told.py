"""Short ways to tell of payments."""

from __future__ import annotations

from typing import Any

from tests.wallet.gateway import events
from wallet.models import Topup
from wallet.stripe_events import Receipt, handle

CREDITED = (25_000_000, 0)
NOTHING = (0, 0)


def tell(kind: str, thing: events.Fields, **changes: Any) -> Receipt:
    return handle(events.event(kind, thing, **changes))


def pay(topup: Topup) -> Receipt:
    return tell("checkout.session.completed", events.session(topup))


def paid(topup: Topup) -> Topup:
    assert pay(topup).is_settled
    topup.refresh_from_db()
    return topup
