"""The PaymentIntent calls of the API."""

from __future__ import annotations

from fake_stripe import payments
from fake_stripe.errors import ApiError, invalid, missing
from fake_stripe.listing import listed
from fake_stripe.metadata import merged
from fake_stripe.payment_methods import take
from fake_stripe.state import Obj, State

_KEPT = (
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create(state: State, params: Obj) -> Obj:
    confirms = params.get("confirm", False)
    if confirms and not params.get("payment_method"):
        raise missing("payment_method")
    if not confirms:
        _refuse_without_confirm(params)
    if params.get("customer"):
        state.get("customer", params["customer"], param="customer")
    method = None
    if params.get("payment_method"):
        method = take(state, params["payment_method"], customer=params.get("customer"))
    intent = payments.make(
        state,
        amount=params["amount"],
        currency=params["currency"],
        customer=params.get("customer"),
        **{name: params[name] for name in _KEPT if name in params},
    )
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    state.note(intent)["return_url"] = params.get("return_url")
    return _confirm(state, intent, params | {"payment_method": None}) if confirms else intent


def _refuse_without_confirm(params: Obj) -> None:
    for name in ("off_session", "error_on_requires_action", "return_url"):
        if name in params:
            raise invalid(
                f"You must also set `confirm=true` to use `{name}` when creating a PaymentIntent.",
                param=name,
            )


def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("payment_intent", id_, param="intent")


def update(state: State, params: Obj, id_: str) -> Obj:
    intent = state.get("payment_intent", id_, param="intent")
    changes = {name: params[name] for name in (*_KEPT, "amount", "customer") if name in params}
    if "amount" in changes and intent["status"] not in payments.CONFIRMABLE:
        raise payments.unexpected_state(intent, "changed")
    if "amount" in changes:
        payments.require_amount(changes["amount"], intent["currency"])
    changes["metadata"] = merged(intent["metadata"], params.get("metadata"))
    intent |= changes
    return intent


def confirm(state: State, params: Obj, id_: str) -> Obj:
    intent = state.get("payment_intent", id_, param="intent")
    if not (params.get("payment_method") or intent["payment_method"]):
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can"
            " either update the PaymentIntent with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method."
        )
        code = "payment_intent_unexpected_state"
        raise ApiError(400, message, code=code, payment_intent=intent)
    if params.get("setup_future_usage"):
        intent["setup_future_usage"] = params["setup_future_usage"]
    state.note(intent)["return_url"] = params.get("return_url")
    return _confirm(state, intent, params)


def cancel(state: State, params: Obj, id_: str) -> Obj:
    intent = state.get("payment_intent", id_, param="intent")
    return payments.cancel(state, intent, params.get("cancellation_reason"))


def list_(state: State, params: Obj) -> Obj:
    return listed(state, "payment_intent", params, match=("customer",))


def _confirm(state: State, intent: Obj, params: Obj) -> Obj:
    return payments.confirm(
        state,
        intent,
        params.get("payment_method") or intent["payment_method"],
        off_session=bool(params.get("off_session")),
        stops_for_action=params.get("error_on_requires_action", False),
    )
