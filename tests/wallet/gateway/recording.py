"""A payment provider in memory, for tests that ask what was asked for. It remembers every call.

It behaves as `test_contract.py` says, which the real one is held to as well. Cards are named as
Stripe's test cards are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from accounts.models import User
from tests.wallet.gateway import events
from tests.wallet.gateway.calls import Calls, Made
from wallet.gateway import (
    CURRENCY,
    CardDeclined,
    CheckoutSession,
    DisputeInfo,
    GatewayRefused,
    Payment,
    RefundInfo,
    SavedCard,
    customers,
)
from wallet.gateway.requests import SAVE_CARD, metadata
from wallet.models import Topup

DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeCustomerFail": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_authenticationRequired": "authentication_required",
}


@dataclass
class RecordingGateway(Calls):
    livemode: bool = False
    sessions: dict[str, CheckoutSession] = field(default_factory=dict)
    intents: dict[str, Payment] = field(default_factory=dict)
    given_back: dict[str, RefundInfo] = field(default_factory=dict)
    quarrels: dict[str, DisputeInfo] = field(default_factory=dict)
    wallets: dict[str, list[SavedCard]] = field(default_factory=dict)
    """The cards of each customer."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """The events so far."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _cards: dict[str, SavedCard] = field(default_factory=dict)
    _customer_of: dict[str, str] = field(default_factory=dict)

    # --- what a test does -------------------------------------------------------------------
    def new_payment(
        self, *, amount_cents: int, metadata: dict[str, str], customer_id: str
    ) -> Payment:
        """A payment that nobody has paid yet, of ours or of another application."""
        id_ = events.new_id("pi")
        made = Payment(
            id=id_,
            status="requires_payment_method",
            amount_cents=amount_cents,
            amount_received_cents=0,
            currency=CURRENCY,
            livemode=self.livemode,
            metadata=metadata,
            customer_id=customer_id,
            client_secret=f"{id_}_secret",
            created=_now(),
        )
        self.intents[id_] = made
        return made

    def pay(self, session_id: str, card: str = "pm_card_visa") -> Payment:
        """The customer pays on the page."""
        session = self.sessions[session_id]
        customer_id = self._customer_of[session_id]
        payment = self.new_payment(
            amount_cents=session.amount_total_cents,
            metadata={k: v for k, v in session.metadata.items() if k != SAVE_CARD},
            customer_id=customer_id,
        )
        paid = self._paid(payment, self._card(card).payment_method_id)
        if session.metadata.get(SAVE_CARD):
            self.wallets[customer_id].append(self._cards[paid.payment_method_id])
        self.sessions[session_id] = replace(
            session, status="complete", payment_status="paid", payment_intent_id=paid.id, url=""
        )
        return paid

    def save_card(self, customer_id: str, card: str = "pm_card_visa") -> SavedCard:
        """As if the customer had paid by it before."""
        saved = self._card(card)
        self.wallets[customer_id].append(saved)
        return saved

    def forget_customer(self, customer_id: str) -> None:
        del self.wallets[customer_id]

    # --- customers and their cards ----------------------------------------------------------
    def ensure_customer(self, user: User) -> str:
        return customers.ensure(self, user)

    def create_customer(self, user: User, *, idempotency_key: str) -> str:
        def make() -> str:
            customer_id = events.new_id("cus")
            self.wallets[customer_id] = []
            return customer_id

        return self._once("create_customer", idempotency_key, {"email": user.email}, make)

    def has_customer(self, customer_id: str) -> bool:
        with self._call("has_customer", customer_id=customer_id):
            return customer_id in self.wallets

    def saved_cards(self, customer_id: str) -> list[SavedCard]:
        with self._call("saved_cards", customer_id=customer_id):
            return list(self.wallets.get(customer_id, []))

    def remove_card(self, payment_method_id: str) -> None:
        with self._call("remove_card", payment_method_id=payment_method_id):
            for cards in self.wallets.values():
                cards[:] = [card for card in cards if card.payment_method_id != payment_method_id]

    def portal_url(self, customer_id: str, return_url: str) -> str:
        with self._call("portal_url", customer_id=customer_id, return_url=return_url):
            return f"https://billing.example/{customer_id}"

    # --- payments ---------------------------------------------------------------------------
    def create_checkout(
        self, topup: Topup, *, customer_id: str, save_card: bool, success_url: str, cancel_url: str
    ) -> CheckoutSession:
        words = {
            "amount_cents": topup.amount_cents,
            "customer_id": customer_id,
            "save_card": save_card,
            "success_url": success_url,
            "cancel_url": cancel_url,
        }

        def make() -> CheckoutSession:
            assert topup.expires_at is not None
            session = CheckoutSession(
                id=events.new_id("cs_test"),
                url=f"https://checkout.example/{topup.pk}",
                status="open",
                payment_status="unpaid",
                payment_intent_id="",
                amount_subtotal_cents=topup.amount_cents,
                amount_total_cents=topup.amount_cents,
                currency=CURRENCY,
                livemode=self.livemode,
                metadata=metadata(topup) | ({SAVE_CARD: "yes"} if save_card else {}),
                client_reference_id=str(topup.pk),
                expires_at=topup.expires_at.replace(microsecond=0),
            )
            self._customer_of[session.id] = customer_id
            self.sessions[session.id] = session
            return session

        return self._once("create_checkout", f"topup:{topup.pk}", words, make)

    def create_payment(self, topup: Topup, customer_id: str) -> Payment:
        words = {"amount_cents": topup.amount_cents, "customer_id": customer_id}

        def make() -> Payment:
            return self.new_payment(
                amount_cents=topup.amount_cents,
                metadata=metadata(topup),
                customer_id=customer_id,
            )

        return self._once("create_payment", f"topup:{topup.pk}", words, make)

    def charge_saved_card(
        self, topup: Topup, *, customer_id: str, payment_method_id: str
    ) -> Payment:
        words = {
            "amount_cents": topup.amount_cents,
            "customer_id": customer_id,
            "payment_method_id": payment_method_id,
        }

        def make() -> Payment:
            if payment_method_id not in {c.payment_method_id for c in self.wallets[customer_id]}:
                raise GatewayRefused("No such payment method.", "resource_missing")
            payment = self.new_payment(
                amount_cents=topup.amount_cents,
                metadata=metadata(topup),
                customer_id=customer_id,
            )
            return self._paid(payment, payment_method_id)

        return self._once("charge_saved_card", f"topup:{topup.pk}", words, make)

    def checkout(self, session_id: str) -> CheckoutSession:
        with self._call("checkout", session_id=session_id):
            return self._known(self.sessions, session_id)

    def expire_checkout(self, session_id: str) -> CheckoutSession:
        with self._call("expire_checkout", session_id=session_id):
            session = self._known(self.sessions, session_id)
            if session.status != "open":
                raise GatewayRefused("Only an open session can be expired.")
            self.sessions[session_id] = replace(session, status="expired", url="")
            return self.sessions[session_id]

    def payment(self, payment_intent_id: str) -> Payment:
        with self._call("payment", payment_intent_id=payment_intent_id):
            return self._known(self.intents, payment_intent_id)

    def refund(
        self,
        *,
        payment_intent_id: str,
        amount_cents: int | None,
        reason: str,
        actor: str = "",
        idempotency_key: str,
    ) -> RefundInfo:
        words = {
            "payment_intent_id": payment_intent_id,
            "amount_cents": amount_cents,
            "reason": reason,
            "actor": actor,
        }

        def make() -> RefundInfo:
            paid = self._known(self.intents, payment_intent_id).amount_received_cents
            earlier = [
                refund.amount_cents
                for refund in self.given_back.values()
                if refund.payment_intent_id == payment_intent_id
            ]
            left = paid - sum(earlier)
            amount = left if amount_cents is None else amount_cents
            if not 0 < amount <= left:
                raise GatewayRefused(f"Refund amount is greater than {left} left.")
            refund = RefundInfo(
                id=events.new_id("re"),
                payment_intent_id=payment_intent_id,
                amount_cents=amount,
                currency=CURRENCY,
                status="succeeded",
                reason=reason,
                actor=actor,
                created=_now(),
            )
            self.given_back[refund.id] = refund
            return refund

        return self._once("refund", idempotency_key, words, make)

    # --- what has happened ------------------------------------------------------------------
    def payments(self, since: datetime) -> Iterator[Payment]:
        with self._call("payments", since=since):
            yield from _newest(self.intents, since)

    def refunds(self, since: datetime) -> Iterator[RefundInfo]:
        with self._call("refunds", since=since):
            yield from _newest(self.given_back, since)

    def disputes(self, since: datetime) -> Iterator[DisputeInfo]:
        with self._call("disputes", since=since):
            yield from _newest(self.quarrels, since)

    def events(self, since: datetime) -> Iterator[dict[str, Any]]:
        with self._call("events", since=since):
            second = int(since.timestamp())
            yield from (told for told in reversed(self.told) if told["created"] >= second)

    # --- inside -----------------------------------------------------------------------------
    def _paid(self, payment: Payment, payment_method_id: str) -> Payment:
        code = DECLINES.get(self._tokens[payment_method_id])
        if code:
            self.intents[payment.id] = replace(payment, error_code=code)
            raise CardDeclined(
                "Your card was declined.",
                code,
                needs_authentication=code == "authentication_required",
                payment_intent_id=payment.id,
            )
        self.intents[payment.id] = replace(
            payment,
            status="succeeded",
            amount_received_cents=payment.amount_cents,
            payment_method_id=payment_method_id,
            receipt_url=f"https://pay.example/receipts/{payment.id}",
        )
        self._tell_paid(self.intents[payment.id])
        return self.intents[payment.id]

    def _tell_paid(self, payment: Payment) -> None:
        thing = {
            "id": payment.id,
            "object": "payment_intent",
            "status": payment.status,
            "amount": payment.amount_cents,
            "amount_received": payment.amount_received_cents,
            "currency": payment.currency,
            "livemode": payment.livemode,
            "metadata": dict(payment.metadata),
        }
        self.told.append(events.event("payment_intent.succeeded", thing))

    def _card(self, token: str) -> SavedCard:
        card = SavedCard(
            payment_method_id=events.new_id("pm"),
            brand="visa",
            last4="4242",
            exp_month=12,
            exp_year=2035,
        )
        self._tokens[card.payment_method_id] = token
        self._cards[card.payment_method_id] = card
        return card

    @staticmethod
    def _known(things: dict[str, Made], id_: str) -> Made:
        if id_ not in things:
            raise GatewayRefused(f"No such thing: {id_}", "resource_missing")
        return things[id_]


Dated = TypeVar("Dated", Payment, RefundInfo, DisputeInfo)


def _newest(things: dict[str, Dated], since: datetime) -> list[Dated]:
    second = since.replace(microsecond=0)
    return [thing for thing in reversed(things.values()) if thing.created >= second]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
