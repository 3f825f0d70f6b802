"""How a PaymentIntent goes from asked to paid, for every way in: the API, Checkout, the portal.

Each step raises ApiError for a client that is waiting (402 `card_error`), after it has recorded
what happened: the failed attempt stays, as in the real one.
"""

from __future__ import annotations

from typing import Any

from fake_stripe import cards, charges, disputes
from fake_stripe.cards import Decline
from fake_stripe.errors import ApiError, card_error, invalid
from fake_stripe.payment_methods import card_of, save_on, take
from fake_stripe.state import Obj, State

SMALLEST_CENTS, LARGEST_CENTS = 50, 99_999_999
CONFIRMABLE = ("requires_payment_method", "requires_confirmation")


def make(state: State, *, amount: int, currency: str, customer: str | None, **fields: Any) -> Obj:
    """A new intent, told by `payment_intent.created`. Raises ApiError for what cannot be paid."""
    require_amount(amount, currency)
    intent = state.create(
        "payment_intent", "pi", amount=amount, currency=currency, customer=customer, **fields
    )
    intent["client_secret"] = state.new_id(f"{intent['id']}_secret")
    state.emit("payment_intent.created", intent)
    return intent


def require_amount(amount: int, currency: str) -> None:
    if currency != "usd":
        raise invalid(f"The fake Stripe takes usd only, not {currency}.", param="currency")
    if amount < SMALLEST_CENTS:
        message = "Amount must be at least $0.50 usd"
        raise ApiError(400, message, param="amount", code="amount_too_small")
    if amount > LARGEST_CENTS:
        message = "Amount must be no more than $999,999.99"
        raise ApiError(400, message, param="amount", code="amount_too_large")


def confirm(
    state: State,
    intent: Obj,
    method_id: str,
    *,
    off_session: bool = False,
    stops_for_action: bool = False,
) -> Obj:
    """Try to pay. Raises ApiError 402 when the card says no."""
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirmed")
    method = take(state, method_id, customer=intent["customer"])
    card = card_of(state, method)
    intent |= {"payment_method": method["id"], "last_payment_error": None}
    if card.type == "us_bank_account":
        return _wait_for_bank(state, intent, method)
    asks = card.authentication == "always" or (
        card.authentication == "until_set_up" and not method["customer"]
    )
    if asks and (off_session or stops_for_action):
        raise _refuse(state, intent, method, cards.AUTHENTICATION)
    if asks:
        return _ask_authentication(state, intent)
    return _charge(state, intent, method)


def authenticate(state: State, intent: Obj, *, passed: bool) -> Obj:
    """The customer comes back from the bank's page. Raises ApiError 402 when it was failed."""
    if intent["status"] != "requires_action":
        raise unexpected_state(intent, "authenticated")
    intent["next_action"] = None
    method = state.objects[intent["payment_method"]]
    if not passed:
        raise _refuse(state, intent, method, cards.AUTHENTICATION_FAILED, charged=False)
    return _charge(state, intent, method)


def settle(state: State, intent: Obj, *, arrived: bool) -> Obj:
    """The bank answers, days later in the real world."""
    if intent["status"] != "processing":
        raise unexpected_state(intent, "settled")
    latest = state.objects[intent["latest_charge"]]
    method = state.objects[intent["payment_method"]]
    if arrived:
        charges.succeed(state, latest)
        return _succeed(state, intent, method)
    decline = card_of(state, method).decline or cards.NO_FUNDS
    charges.fail(state, latest, decline)
    _note_failure(state, intent, method, decline)
    return intent


def cancel(state: State, intent: Obj, reason: str | None) -> Obj:
    if intent["status"] not in (*CONFIRMABLE, "requires_action"):
        raise unexpected_state(intent, "canceled")
    intent |= {"status": "canceled", "canceled_at": state.now(), "next_action": None}
    intent["cancellation_reason"] = reason
    state.emit("payment_intent.canceled", intent)
    return intent


def unexpected_state(intent: Obj, verb: str) -> ApiError:
    message = (
        f"This PaymentIntent's status is {intent['status']}: it cannot be {verb}. Its status must"
        " allow it."
    )
    return ApiError(400, message, code="payment_intent_unexpected_state", payment_intent=intent)


def _charge(state: State, intent: Obj, method: Obj) -> Obj:
    card = card_of(state, method)
    if card.decline:
        raise _refuse(state, intent, method, card.decline)
    charges.charge(state, intent, method, status="succeeded")
    _succeed(state, intent, method)
    if card.aftermath in ("dispute", "inquiry"):
        status = "warning_needs_response" if card.aftermath == "inquiry" else "needs_response"
        disputes.open_(state, intent, amount=None, status=status, reason="fraudulent")
    return intent


def _succeed(state: State, intent: Obj, method: Obj) -> Obj:
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "processing": None}
    if intent["setup_future_usage"] and intent["customer"]:
        save_on(state, method, intent["customer"])
    state.emit("payment_intent.succeeded", intent)
    return intent


def _wait_for_bank(state: State, intent: Obj, method: Obj) -> Obj:
    intent |= {"status": "processing", "payment_method_types": ["us_bank_account"]}
    charges.charge(state, intent, method, status="pending")
    state.emit("payment_intent.processing", intent)
    return intent


def _ask_authentication(state: State, intent: Obj) -> Obj:
    back = state.note(intent).get("return_url")
    url = f"{state.public_url}/authenticate/{intent['id']}"
    redirect = {"return_url": back, "url": url}
    intent["status"] = "requires_action"
    intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
    state.emit("payment_intent.requires_action", intent)
    return intent


def _refuse(
    state: State, intent: Obj, method: Obj, decline: Decline, *, charged: bool = True
) -> ApiError:
    """Record a failed attempt; the error to raise."""
    charge = None
    if charged:
        charge = charges.charge(state, intent, method, status="failed")
        charges.fail(state, charge, decline)
    _note_failure(state, intent, method, decline)
    said = {name: value for name, value in intent["last_payment_error"].items() if name in _SAID}
    return card_error(decline.message, payment_intent=dict(intent), **said)


_SAID = ("code", "decline_code", "charge", "payment_method")


def _note_failure(state: State, intent: Obj, method: Obj, decline: Decline) -> None:
    said = {"type": "card_error", "code": decline.code, "message": decline.message}
    said |= {"decline_code": decline.decline_code} if decline.decline_code else {}
    said |= {"charge": intent["latest_charge"]} if intent["latest_charge"] else {}
    intent |= {"status": "requires_payment_method", "payment_method": None, "processing": None}
    intent["last_payment_error"] = said | {"payment_method": dict(method)}
    state.emit("payment_intent.payment_failed", intent)
