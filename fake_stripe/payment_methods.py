"""Payment methods: a card or a bank account, on its own or saved on a customer."""

from __future__ import annotations

from typing import Any

from fake_stripe import cards
from fake_stripe.cards import Card
from fake_stripe.errors import ApiError, card_error, invalid, missing
from fake_stripe.listing import listed
from fake_stripe.state import Obj, State

_EXPIRY_YEARS = 5


def card_of(state: State, method: Obj) -> Card:
    return cards.named(state.note(method)["token"])


def take(state: State, id_: str, *, customer: str | None, param: str = "payment_method") -> Obj:
    """The payment method to pay with: a new one for a test token such as `pm_card_visa`.

    Raises ApiError when it is unknown, was removed, or is saved on another customer.
    """
    card = cards.find(id_)
    if card:
        return make(state, card)
    method = state.get("payment_method", id_, param=param)
    if state.note(method).get("detached"):
        message = (
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
            " attachment, shared with a connected account without Customer attachment, or was"
            " detached from a Customer. It may not be used again. To use a PaymentMethod multiple"
            " times, you must attach it to a Customer first."
        )
        raise ApiError(400, message)
    if method["customer"] and method["customer"] != customer:
        message = (
            f"The customer does not have a payment method with the ID {id_}. The payment method"
            " must be attached to the customer."
        )
        raise ApiError(400, message, param=param, code="resource_missing")
    return method


def make(state: State, card: Card) -> Obj:
    return _made(state, card)


def _made(state: State, card: Card) -> Obj:
    method = state.create("payment_method", "pm", type=card.type)
    method[card.type] = _bank(card) if card.type == "us_bank_account" else _card(state, card)
    state.note(method)["token"] = card.token
    return method


def _card(state: State, card: Card) -> Obj:
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "brand": card.brand,
        "checks": checks,
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 1970 + state.now() // 31_556_952 + _EXPIRY_YEARS,
        "fingerprint": f"pretend{card.last4}",
        "funding": "debit" if "debit" in card.token else "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _bank(card: Card) -> Obj:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": f"pretend{card.last4}",
        "last4": card.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }


def save_on(state: State, method: Obj, customer: str) -> Obj:
    """Attach, as a client asks for it or as a payment with `setup_future_usage` does."""
    if method["customer"] is None:
        method["customer"] = customer
        state.emit("payment_method.attached", method)
    return method


# --- the calls ------------------------------------------------------------------------------
def attach(state: State, params: Obj, id_: str) -> Obj:
    customer = state.get("customer", _required(params, "customer"), param="customer")
    method = take(state, id_, customer=customer["id"], param="id")
    card = card_of(state, method)
    if card.fails_to_attach and card.decline:
        decline = card.decline
        raise card_error(decline.message, code=decline.code, decline_code=decline.decline_code)
    return save_on(state, method, customer["id"])


def detach(state: State, params: Obj, id_: str) -> Obj:
    method = state.get("payment_method", id_)
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible."
        )
    settings = state.objects[method["customer"]]["invoice_settings"]
    if settings["default_payment_method"] == id_:
        settings["default_payment_method"] = None
    previous = {"customer": method["customer"]}
    method["customer"] = None
    state.note(method)["detached"] = True
    state.emit("payment_method.detached", method, previous=previous)
    return method


def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("payment_method", id_)


def list_(state: State, params: Obj) -> Obj:
    _required(params, "customer")
    state.get("customer", params["customer"], param="customer")
    return listed(state, "payment_method", params, match=("customer", "type"))


def of_customer(state: State, params: Obj, customer: str) -> Obj:
    state.get("customer", customer)
    found = listed(state, "payment_method", params | {"customer": customer}, match=_MATCH)
    return found | {"url": f"/v1/customers/{customer}/payment_methods"}


_MATCH = ("customer", "type")


def _required(params: Obj, name: str) -> Any:
    if not params.get(name):
        raise missing(name)
    return params[name]
