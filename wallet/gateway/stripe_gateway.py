"""Stripe, by its own SDK. Each call has a short time limit and is repeated at most twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import stripe
from stripe import RequestOptions
from stripe.params import PaymentIntentCreateParams, RefundCreateParams

from accounts.models import User
from wallet.gateway import customers, readings, requests
from wallet.gateway.base import (
    CheckoutSession,
    DisputeInfo,
    Payment,
    RefundInfo,
    SavedCard,
    is_live_key,
)
from wallet.gateway.errors import CardDeclined, GatewayRefused, GatewayUnavailable
from wallet.models import Topup

log = logging.getLogger(__name__)

IN_FLIGHT = "idempotency_key_in_use"

TIMEOUT_SECONDS = 10
RETRIES = 2
PAGE = 100
"""Objects that Stripe lists at a time, at most."""


class StripeGateway:
    """`PaymentGateway` at Stripe, or at an `api_base` that speaks its interface."""

    def __init__(self, secret_key: str, *, api_base: str = "") -> None:
        self.livemode = is_live_key(secret_key)
        self._stripe = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        ).v1

    # --- customers and their cards ----------------------------------------------------------
    def ensure_customer(self, user: User) -> str:
        return customers.ensure(self, user)

    def create_customer(self, user: User, *, idempotency_key: str) -> str:
        with _told():
            made = self._stripe.customers.create(
                {"email": user.email, "metadata": {"account": str(user.pk)}},
                {"idempotency_key": idempotency_key},
            )
        return made.id

    def has_customer(self, customer_id: str) -> bool:
        try:
            with _told():
                found = self._stripe.customers.retrieve(customer_id)
        except GatewayRefused as refusal:
            if refusal.code == "resource_missing":
                return False
            raise
        return not getattr(found, "deleted", False)

    def saved_cards(self, customer_id: str) -> list[SavedCard]:
        with _told():
            methods = self._stripe.payment_methods.list(
                {"customer": customer_id, "type": "card", "limit": PAGE}
            )
        return [readings.saved_card(method) for method in methods.data]

    def remove_card(self, payment_method_id: str) -> None:
        with _told():
            self._stripe.payment_methods.detach(payment_method_id)

    def portal_url(self, customer_id: str, return_url: str) -> str:
        with _told():
            session = self._stripe.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}
            )
        return session.url

    # --- payments ---------------------------------------------------------------------------
    def create_checkout(
        self, topup: Topup, *, customer_id: str, save_card: bool, success_url: str, cancel_url: str
    ) -> CheckoutSession:
        params = requests.checkout(
            topup,
            customer_id=customer_id,
            save_card=save_card,
            success_url=success_url,
            cancel_url=cancel_url,
        )
        with _told():
            session = self._stripe.checkout.sessions.create(params, _once(topup))
        return readings.checkout_session(session)

    def create_payment(self, topup: Topup, customer_id: str) -> Payment:
        return self._create_intent(topup, requests.payment(topup, customer_id))

    def charge_saved_card(
        self, topup: Topup, *, customer_id: str, payment_method_id: str
    ) -> Payment:
        params = requests.payment(topup, customer_id)
        params["payment_method"] = payment_method_id
        params["off_session"] = params["confirm"] = True
        # a page to come back to is what an absent customer does not need
        params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        return self._create_intent(topup, params)

    def _create_intent(self, topup: Topup, params: PaymentIntentCreateParams) -> Payment:
        with _told():
            intent = self._stripe.payment_intents.create(params, _once(topup))
        return readings.payment(intent)

    def checkout(self, session_id: str) -> CheckoutSession:
        with _told():
            return readings.checkout_session(self._stripe.checkout.sessions.retrieve(session_id))

    def expire_checkout(self, session_id: str) -> CheckoutSession:
        with _told():
            return readings.checkout_session(self._stripe.checkout.sessions.expire(session_id))

    def payment(self, payment_intent_id: str) -> Payment:
        with _told():
            intent = self._stripe.payment_intents.retrieve(
                payment_intent_id, {"expand": ["latest_charge"]}
            )
        return readings.payment(intent)

    def refund(
        self,
        *,
        payment_intent_id: str,
        amount_cents: int | None,
        reason: str,
        actor: str,
        idempotency_key: str,
    ) -> RefundInfo:
        params: RefundCreateParams = {
            "payment_intent": payment_intent_id,
            "reason": "requested_by_customer",
            "metadata": {"reason": reason, "actor": actor},
        }
        if amount_cents is not None:
            params["amount"] = amount_cents
        with _told():
            made = self._stripe.refunds.create(params, {"idempotency_key": idempotency_key})
        return readings.refund_info(made)

    # --- what has happened ------------------------------------------------------------------
    def payments(self, since: datetime) -> Iterator[Payment]:
        with _told():
            listed = self._stripe.payment_intents.list(
                {
                    "created": {"gte": _second(since)},
                    "limit": PAGE,
                    "expand": ["data.latest_charge"],
                }
            )
            yield from map(readings.payment, listed.auto_paging_iter())

    def refunds(self, since: datetime) -> Iterator[RefundInfo]:
        with _told():
            listed = self._stripe.refunds.list({"created": {"gte": _second(since)}, "limit": PAGE})
            yield from map(readings.refund_info, listed.auto_paging_iter())

    def disputes(self, since: datetime) -> Iterator[DisputeInfo]:
        with _told():
            listed = self._stripe.disputes.list({"created": {"gte": _second(since)}, "limit": PAGE})
            yield from map(readings.dispute_info, listed.auto_paging_iter())

    def events(self, since: datetime) -> Iterator[dict[str, Any]]:
        with _told():
            listed = self._stripe.events.list({"created": {"gte": _second(since)}, "limit": PAGE})
            yield from (event.to_dict(for_json=True) for event in listed.auto_paging_iter())


@contextmanager
def _told() -> Iterator[None]:
    """The SDK's errors as ours."""
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        log.warning("Stripe does not answer: %s", error)
        raise GatewayUnavailable from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("Stripe refuses the key of this server: %s", error)
        message = "The payment provider refuses this server's key: its operator has to correct it."
        raise GatewayRefused(message, "key_refused") from error
    except stripe.StripeError as error:
        if IN_FLIGHT in (error.code, getattr(error.error, "code", None)):
            # a twin of this request is being answered
            raise GatewayUnavailable from error
        log.error("Stripe refuses a request: %s", error)
        raise GatewayRefused(_message(error), error.code or _kind(error)) from error


def _declined(error: stripe.CardError) -> CardDeclined:
    told = error.error
    intent = getattr(told, "payment_intent", None)
    return CardDeclined(
        _message(error),
        readings.error_code(told) or error.code or "card_declined",
        needs_authentication=error.code == "authentication_required",
        payment_intent_id=readings.id_of(intent),
    )


def _message(error: stripe.StripeError) -> str:
    return error.user_message or "The payment provider refuses this without a reason."


def _kind(error: stripe.StripeError) -> str:
    return str(getattr(error.error, "type", None) or "")


def _once(topup: Topup) -> RequestOptions:
    """However often an attempt is asked for, Stripe carries it out once."""
    return {"idempotency_key": f"topup:{topup.pk}"}


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
