from __future__ import annotations

from fake_stripe import checkout
from fake_stripe.clock import tick
from fake_stripe.state import Obj, State


def test_a_session_expires_when_its_time_has_come() -> None:
    state = State(livemode=False, public_url="http://127.0.0.1:1")
    events: list[Obj] = []
    state.on_event = events.append
    price = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Credit"}}
    items = [{"price_data": price, "quantity": 1}]
    params = {"mode": "payment", "success_url": "https://shop.example/", "line_items": items}
    made = checkout.create(state, params)

    tick(state)
    assert made["status"] == "open"
    made["expires_at"] = state.now()
    tick(state)
    tick(state)

    assert made["status"] == "expired"
    assert [event["type"] for event in events] == ["checkout.session.expired"]
