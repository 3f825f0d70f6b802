"""Saved cards: kept when a page was told to, forgotten when they are removed."""

from __future__ import annotations

from accounts.models import User
from wallet import auto_recharge
from wallet.gateway import gateway
from wallet.stripe_events.matching import Fields


def keep_card(user: User, payment_intent_id: str) -> None:
    """Remember the card of a payment for auto-recharge. Asks Stripe: not in a transaction."""
    provider = gateway()
    payment = provider.payment(payment_intent_id)
    for card in provider.saved_cards(payment.customer_id):
        if card.payment_method_id == payment.payment_method_id:
            auto_recharge.card_saved(user, card)


def card_removed(method: Fields) -> str:
    auto_recharge.card_removed(method["id"])
    return "noted"
