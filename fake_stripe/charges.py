"""Charges: one attempt of a payment each, and the movements of the account's balance."""

from __future__ import annotations

from typing import Any

from fake_stripe.cards import Card, Decline
from fake_stripe.listing import listed
from fake_stripe.payment_methods import card_of
from fake_stripe.shapes import page
from fake_stripe.state import Obj, State

FEE_MILLIONTHS, FEE_FIXED_CENTS = 29_000, 30
"""2.9 % and 30 cents of each payment."""


def charge(state: State, intent: Obj, method: Obj, *, status: str) -> Obj:
    """A new charge for an intent: "succeeded", "pending" or "failed"; told by `charge.<status>`."""
    made = state.create(
        "charge",
        "ch" if method["type"] == "card" else "py",
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method),
        receipt_email=intent["receipt_email"],
        status=status,
    )
    intent["latest_charge"] = made["id"]
    if status == "succeeded":
        succeed(state, made)
    elif status == "pending":
        made |= {"paid": True, "captured": True, "amount_captured": made["amount"]}
        state.emit("charge.pending", made)
    return made


def succeed(state: State, charge: Obj) -> None:
    charge |= {"status": "succeeded", "paid": True, "captured": True}
    charge["amount_captured"] = charge["amount"]
    charge["receipt_url"] = f"{state.public_url}/receipts/{charge['id']}"
    charge["outcome"] = _outcome("authorized", "approved_by_network", "Payment complete.")
    fee = charge["amount"] * FEE_MILLIONTHS // 1_000_000 + FEE_FIXED_CENTS
    moved = move(state, charge["amount"], fee=fee, source=charge["id"], kind="charge")
    charge["balance_transaction"] = moved["id"]
    state.emit("charge.succeeded", charge)


def fail(state: State, charge: Obj, decline: Decline) -> None:
    charge |= {"status": "failed", "paid": False, "captured": False, "amount_captured": 0}
    charge |= {"failure_code": decline.code, "failure_message": decline.message}
    reason = decline.decline_code or decline.code
    charge["outcome"] = _outcome("issuer_declined", "declined_by_network", "Declined.", reason)
    state.emit("charge.failed", charge)


def move(state: State, amount: int, *, source: str, kind: str, fee: int = 0) -> Obj:
    """A movement of the pretend account's own balance, in cents, `fee` for Stripe."""
    fees = [{"amount": fee, "currency": "usd", "description": "Stripe fee", "type": "stripe_fee"}]
    return state.create(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=state.now(),
        currency="usd",
        fee=fee,
        fee_details=[one | {"application": None} for one in fees if fee],
        net=amount - fee,
        source=source,
        type="adjustment" if kind.startswith("dispute") else kind,
        reporting_category=kind,
    )


def of_intent(state: State, intent: Obj) -> tuple[Obj, Card] | None:
    """Its latest charge and the card that was charged."""
    if intent["latest_charge"] is None:
        return None
    latest = state.objects[intent["latest_charge"]]
    return latest, card_of(state, state.objects[latest["payment_method"]])


def _outcome(type_: str, network: str, message: str, reason: str | None = None) -> Obj:
    said: dict[str, Any] = {"type": type_, "network_status": network, "seller_message": message}
    said |= {"reason": reason, "advice_code": None, "network_advice_code": None}
    return said | {"network_decline_code": None, "risk_level": "normal"}


def _details(method: Obj) -> Obj:
    if method["type"] != "card":
        account = method["us_bank_account"]
        kept = ("account_holder_type", "account_type", "bank_name", "last4", "routing_number")
        return {"type": method["type"], method["type"]: {name: account[name] for name in kept}}
    shown = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {name: method["card"][name] for name in (*shown, "checks", "wallet")}
    return {"type": "card", "card": card | {"network": method["card"]["brand"]}}


# --- the calls ------------------------------------------------------------------------------
def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("charge", id_)


def list_(state: State, params: Obj) -> Obj:
    return listed(state, "charge", params, match=("customer", "payment_intent"))


def refunds_of(state: State, charge: Obj) -> Obj:
    """What `expand[]=refunds` of a charge gives."""
    return page(f"/v1/charges/{charge['id']}/refunds", state.of_kind("refund", charge=charge["id"]))


def movements(state: State, params: Obj) -> Obj:
    return listed(state, "balance_transaction", params, match=("currency", "source", "type"))


def movement(state: State, params: Obj, id_: str) -> Obj:
    return state.get("balance_transaction", id_)
