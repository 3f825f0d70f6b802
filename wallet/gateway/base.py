"""What the wallet asks of a payment provider, and how it is answered.

Amounts are US cents, times are UTC. A call that was not answered (`GatewayUnavailable`) may have
been carried out: made again for the same row, it has the same idempotency key and happens once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from accounts.models import User
from wallet.models import Topup

CURRENCY = "usd"


def is_live_key(key: str) -> bool:
    """Whether a secret (sk_), restricted (rk_) or publishable (pk_) key moves real money."""
    return key.split("_")[1:2] == ["live"]


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    """A page of the provider's, on which one top-up is paid."""

    id: str
    url: str
    """Empty once the session is over."""
    status: str
    """open, complete or expired."""
    payment_status: str
    """unpaid, paid or no_payment_required."""
    payment_intent_id: str
    """Empty until the customer tries to pay."""
    amount_subtotal_cents: int
    amount_total_cents: int
    """With tax."""
    currency: str
    livemode: bool
    metadata: Mapping[str, str] = field(default_factory=dict)
    client_reference_id: str = ""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A PaymentIntent."""

    id: str
    status: str
    """requires_payment_method, requires_action, processing, succeeded, canceled and the like."""
    amount_cents: int
    amount_received_cents: int
    currency: str
    livemode: bool
    metadata: Mapping[str, str] = field(default_factory=dict)
    customer_id: str = ""
    payment_method_id: str = ""
    receipt_url: str = ""
    client_secret: str = field(default="", repr=False)
    error_code: str = ""
    """Of the last attempt that was declined."""
    created: datetime


@dataclass(frozen=True, kw_only=True)
class RefundInfo:
    id: str
    payment_intent_id: str
    amount_cents: int
    currency: str
    status: str
    """pending, requires_action, succeeded, failed or canceled."""
    reason: str
    actor: str = ""
    """Who of us asked for it, such as user:7; empty when that is not known."""
    created: datetime


@dataclass(frozen=True, kw_only=True)
class DisputeInfo:
    id: str
    payment_intent_id: str
    amount_cents: int
    currency: str
    status: str
    """warning_…, needs_response, under_review, won, lost or prevented."""
    withdrawn_cents: int
    """What the bank has taken and not given back, without the fee."""
    reinstated_cents: int
    fee_cents: int
    livemode: bool
    created: datetime


@dataclass(frozen=True, kw_only=True)
class SavedCard:
    payment_method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int

    @property
    def label(self) -> str:
        """Such as "Visa ending 4242"."""
        return f"{self.brand.replace('_', ' ').title()} ending {self.last4}"


class PaymentGateway(Protocol):
    """Every method may raise GatewayUnavailable or GatewayRefused, and talks to the network:
    never call one inside a database transaction.
    """

    livemode: bool
    """Whether its key moves real money."""

    def ensure_customer(self, user: User) -> str:
        """The provider's id of an account; made at its first payment, or when it is gone there."""

    def create_checkout(
        self, topup: Topup, *, customer_id: str, save_card: bool, success_url: str, cancel_url: str
    ) -> CheckoutSession:
        """The page that takes a top-up's amount, until `topup.expires_at`.

        With `save_card` the customer lets us charge the card later, without them.
        """

    def create_payment(self, topup: Topup, customer_id: str) -> Payment:
        """A payment that the client's own page completes, with its `client_secret`."""

    def charge_saved_card(
        self, topup: Topup, *, customer_id: str, payment_method_id: str
    ) -> Payment:
        """Charge a card whose owner is not there. Raises CardDeclined."""

    def checkout(self, session_id: str) -> CheckoutSession: ...

    def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close a payment page that has not been paid yet."""

    def payment(self, payment_intent_id: str) -> Payment: ...

    def refund(
        self,
        *,
        payment_intent_id: str,
        amount_cents: int | None,
        reason: str,
        actor: str,
        idempotency_key: str,
    ) -> RefundInfo:
        """Give money back to the card it came from. None: all that is left of it."""

    def payments(self, since: datetime) -> Iterator[Payment]:
        """All that were begun since then, the newest first."""

    def refunds(self, since: datetime) -> Iterator[RefundInfo]: ...

    def disputes(self, since: datetime) -> Iterator[DisputeInfo]: ...

    def events(self, since: datetime) -> Iterator[dict[str, Any]]:
        """As the webhook receives them, for `stripe_events.handle`."""

    def saved_cards(self, customer_id: str) -> list[SavedCard]: ...

    def remove_card(self, payment_method_id: str) -> None: ...

    def portal_url(self, customer_id: str, return_url: str) -> str:
        """A page of the provider's for this customer's cards and receipts; short-lived."""
