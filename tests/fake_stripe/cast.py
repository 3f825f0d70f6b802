"""What the tests of the fake Stripe ask it for again and again."""

from __future__ import annotations

from typing import Any

from stripe import PaymentIntent, StripeClient
from stripe.checkout import Session

TEN_DOLLARS = 1_000
SUCCESS = "https://shop.example/done?session={CHECKOUT_SESSION_ID}"
CANCEL = "https://shop.example/cart"


def session(client: StripeClient, *, cents: int = TEN_DOLLARS, **params: Any) -> Session:
    """A Checkout session over some dollars."""
    price = {"currency": "usd", "unit_amount": cents, "product_data": {"name": "Credit"}}
    usual: dict[str, Any] = {"mode": "payment", "success_url": SUCCESS, "cancel_url": CANCEL}
    usual |= {"line_items": [{"price_data": price, "quantity": 1}]}
    return client.v1.checkout.sessions.create(usual | params)


def setup_session(client: StripeClient, customer: str) -> Session:
    return client.v1.checkout.sessions.create(
        {"mode": "setup", "customer": customer, "success_url": SUCCESS}
    )


def pay(client: StripeClient, card: str = "pm_card_visa", **params: Any) -> PaymentIntent:
    """A payment at once, without the customer."""
    usual: dict[str, Any] = {"amount": TEN_DOLLARS, "currency": "usd", "payment_method": card}
    usual |= {"confirm": True, "off_session": True}
    return client.v1.payment_intents.create(usual | params)


def saved_card(client: StripeClient, customer: str, card: str = "pm_card_visa") -> str:
    return client.v1.payment_methods.attach(card, {"customer": customer}).id
