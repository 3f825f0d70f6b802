"""The payment provider: one interface, Stripe behind it."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from wallet.gateway.base import (
    CURRENCY,
    CheckoutSession,
    DisputeInfo,
    Payment,
    PaymentGateway,
    RefundInfo,
    SavedCard,
    is_live_key,
)
from wallet.gateway.errors import (
    CardDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsNotConfigured,
    TopUpsSwitchedOff,
)
from wallet.gateway.stripe_gateway import StripeGateway

__all__ = [
    "CURRENCY",
    "CardDeclined",
    "CheckoutSession",
    "DisputeInfo",
    "GatewayError",
    "GatewayRefused",
    "GatewayUnavailable",
    "Payment",
    "PaymentGateway",
    "PaymentsNotConfigured",
    "RefundInfo",
    "SavedCard",
    "TopUpsSwitchedOff",
    "gateway",
    "is_configured",
    "is_demo",
    "is_live",
    "is_live_key",
]


def gateway() -> PaymentGateway:
    """The provider that the settings name. Raises PaymentsNotConfigured."""
    if not is_configured():
        raise PaymentsNotConfigured
    return _connected(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _connected(secret_key: str, api_base: str) -> PaymentGateway:
    """One client a key, so that its connections are used again."""
    return StripeGateway(secret_key, api_base=api_base)


def is_configured() -> bool:
    """Whether customers can pay here."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_demo() -> bool:
    """Whether payments are pretend ones."""
    return bool(settings.DEMO_PAYMENTS)


def is_live() -> bool:
    """Whether the key moves real money."""
    return is_live_key(settings.STRIPE_SECRET_KEY)
