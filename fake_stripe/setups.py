"""SetupIntents: a card is saved without a payment."""

from __future__ import annotations

from fake_stripe.errors import card_error
from fake_stripe.payment_methods import card_of, save_on, take
from fake_stripe.state import Obj, State


def make(state: State, session: Obj, params: Obj) -> Obj:
    """The intent of a session in setup mode, told by `setup_intent.created`."""
    data = params.get("setup_intent_data", {})
    kept = {name: data[name] for name in ("description", "metadata") if name in data}
    intent = state.create("setup_intent", "seti", customer=session["customer"], **kept)
    intent["client_secret"] = state.new_id(f"{intent['id']}_secret")
    state.emit("setup_intent.created", intent)
    return intent


def confirm(state: State, intent: Obj, token: str) -> Obj:
    """Save the card, where there is a customer. Raises ApiError 402 when it is declined."""
    method = take(state, token, customer=intent["customer"])
    card = card_of(state, method)
    if card.decline and card.fails_to_attach:
        said = {"code": card.decline.code, "decline_code": card.decline.decline_code}
        error = {"type": "card_error", "message": card.decline.message, **said}
        intent["last_setup_error"] = error | {"payment_method": dict(method)}
        state.emit("setup_intent.setup_failed", intent)
        raise card_error(card.decline.message, setup_intent=dict(intent), **said)
    if intent["customer"]:
        save_on(state, method, intent["customer"])
    intent |= {"status": "succeeded", "payment_method": method["id"], "last_setup_error": None}
    state.emit("setup_intent.succeeded", intent)
    return intent


def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("setup_intent", id_, param="intent")
