"""Refunds: whole or in part, at once or after a while, and those that fail later."""

from __future__ import annotations

from fake_stripe import charges
from fake_stripe.errors import ApiError, invalid, missing
from fake_stripe.listing import listed
from fake_stripe.metadata import merged
from fake_stripe.payment_methods import card_of
from fake_stripe.state import Obj, State

_OPEN = ("pending", "requires_action")
_FINAL = ("succeeded", "failed", "canceled")


def refund(
    state: State,
    charge: Obj,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
    status: str | None = None,
) -> Obj:
    """Give money back. Raises ApiError for more than is left, or for a charge in dispute."""
    amount = _refundable(charge, amount)
    pending = card_of(state, state.objects[charge["payment_method"]]).aftermath == "refund_pending"
    made = state.create(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details=_destination(charge),
        metadata=metadata or {},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=reason,
        status=status or ("pending" if pending else "succeeded"),
    )
    made["balance_transaction"] = _moved(state, made, -amount, "refund")
    _count(charge, amount)
    state.emit("refund.created", made)
    state.emit("charge.refunded", charge)
    return made


def change(state: State, refund: Obj, status: str) -> Obj:
    """The bank answers: "succeeded", "failed" or "canceled". A success may still fail later."""
    if status not in _FINAL or refund["status"] in ("failed", "canceled"):
        raise invalid(f"A refund that is {refund['status']} cannot become {status}.")
    previous = {"status": refund["status"]}
    refund["status"] = status
    if status != "succeeded":
        back = _moved(state, refund, refund["amount"], "refund_failure")
        refund |= {"failure_reason": "unknown", "failure_balance_transaction": back}
        _count(state.objects[refund["charge"]], -refund["amount"])
    state.emit("refund.updated", refund, previous=previous)
    state.emit("charge.refund.updated", refund, previous=previous)
    if status == "failed":
        state.emit("refund.failed", refund)
    return refund


def _refundable(charge: Obj, amount: int | None) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not been paid: there is nothing to refund.")
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise ApiError(400, message, code="charge_disputed")
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise ApiError(400, message, code="charge_already_refunded")
    asked = left if amount is None else amount
    if asked < 1:
        raise ApiError(400, "Invalid positive integer", param="amount", code=_NOT_POSITIVE)
    if asked > left:
        message = (
            f"Refund amount (${asked / 100:.2f}) is greater than unrefunded amount on charge"
            f" (${left / 100:.2f})"
        )
        raise invalid(message, param="amount")
    return asked


_NOT_POSITIVE = "parameter_invalid_integer"


def _count(charge: Obj, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _moved(state: State, refund: Obj, amount: int, kind: str) -> str:
    moved: str = charges.move(state, amount, source=refund["id"], kind=kind)["id"]
    return moved


def _destination(charge: Obj) -> Obj:
    type_ = charge["payment_method_details"]["type"]
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    card = reference | {"type": "refund"}
    return {"type": "card", "card": card} if type_ == "card" else {"type": type_, type_: {}}


# --- the calls ------------------------------------------------------------------------------
def create(state: State, params: Obj) -> Obj:
    if params.get("payment_intent"):
        intent = state.get("payment_intent", params["payment_intent"], param="payment_intent")
        latest = intent["latest_charge"]
        if latest is None or intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge."
            raise invalid(f"{message} There is nothing to refund.", param="payment_intent")
        charge = state.objects[latest]
    elif params.get("charge"):
        charge = state.get("charge", params["charge"], param="charge")
    else:
        raise missing("payment_intent")
    kept = {name: params.get(name) for name in ("amount", "reason", "metadata")}
    return refund(state, charge, **kept)


def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("refund", id_)


def update(state: State, params: Obj, id_: str) -> Obj:
    found = state.get("refund", id_)
    found["metadata"] = merged(found["metadata"], params.get("metadata"))
    state.emit("refund.updated", found)
    return found


def cancel(state: State, params: Obj, id_: str) -> Obj:
    found = state.get("refund", id_)
    if found["status"] not in _OPEN:
        raise invalid(f"Only a refund that is pending can be canceled; it is {found['status']}.")
    return change(state, found, "canceled")


def list_(state: State, params: Obj) -> Obj:
    return listed(state, "refund", params, match=("charge", "payment_intent"))
