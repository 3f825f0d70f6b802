"""What Stripe is asked for, for one top-up.

The same top-up is always asked for in the same words: Stripe refuses an idempotency key that
comes back with others. So nothing here reads the clock.
"""

from __future__ import annotations

from django.conf import settings
from stripe.params import PaymentIntentCreateParams
from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsLineItem,
    SessionCreateParamsPaymentIntentData,
)

from wallet.gateway.base import CURRENCY
from wallet.models import Topup

PRODUCT = "AudioPod API credit"
SAVE_CARD = "save_card"
"""In the metadata of a session whose card is to be kept for auto-recharge."""


def metadata(topup: Topup) -> dict[str, str]:
    """By which a payment is known as ours, on each object that Stripe makes of it."""
    return {"topup": str(topup.pk), "account": str(topup.user_id)}


def checkout(
    topup: Topup, *, customer_id: str, save_card: bool, success_url: str, cancel_url: str
) -> SessionCreateParams:
    if topup.expires_at is None:
        raise ValueError(f"Top-up {topup.pk} has no end: set expires_at before it is asked for.")
    card = {SAVE_CARD: "yes"} if save_card else {}
    params: SessionCreateParams = {
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": str(topup.pk),
        "metadata": metadata(topup) | card,
        "line_items": [_line_item(topup)],
        "payment_intent_data": _payment_intent_data(topup, save_card),
        "invoice_creation": {"enabled": True},
        # amounts stay in the currency that they are checked in
        "adaptive_pricing": {"enabled": False},
        "expires_at": int(topup.expires_at.timestamp()),
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    if settings.STRIPE_AUTOMATIC_TAX:
        params["automatic_tax"] = {"enabled": True}
        params["billing_address_collection"] = "required"
        params["customer_update"] = {"address": "auto"}
    return params


def _line_item(topup: Topup) -> SessionCreateParamsLineItem:
    item: SessionCreateParamsLineItem = {
        "quantity": 1,
        "price_data": {
            "currency": CURRENCY,
            "unit_amount": topup.amount_cents,
            "product_data": {"name": PRODUCT},
        },
    }
    if settings.STRIPE_AUTOMATIC_TAX:
        # on top of the credit: what the wallet gets is always the amount that was asked for
        item["price_data"]["tax_behavior"] = "exclusive"
        if settings.STRIPE_TAX_CODE:
            item["price_data"]["product_data"]["tax_code"] = settings.STRIPE_TAX_CODE
    return item


def _payment_intent_data(topup: Topup, save_card: bool) -> SessionCreateParamsPaymentIntentData:
    data: SessionCreateParamsPaymentIntentData = {
        "metadata": metadata(topup),
        "description": PRODUCT,
    }
    if save_card:
        data["setup_future_usage"] = "off_session"
    return data


def payment(topup: Topup, customer_id: str) -> PaymentIntentCreateParams:
    return {
        "amount": topup.amount_cents,
        "currency": CURRENCY,
        "customer": customer_id,
        "description": PRODUCT,
        "metadata": metadata(topup),
    }
