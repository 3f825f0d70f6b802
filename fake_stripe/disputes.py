"""Disputes: a customer's bank takes the money back, and may return it."""

from __future__ import annotations

from fake_stripe.charges import move
from fake_stripe.errors import invalid
from fake_stripe.listing import listed
from fake_stripe.metadata import merged
from fake_stripe.state import Obj, State

FEE_CENTS = 1_500
_ANSWER_SECONDS = 7 * 86_400
_CLOSED = ("won", "lost", "warning_closed")
_RESULTS = ("needs_response", "under_review", "warning_under_review", *_CLOSED)


def open_(state: State, intent: Obj, *, amount: int | None, status: str, reason: str) -> Obj:
    """A new dispute of a payment. A `warning_` is an inquiry: it moves no money."""
    if intent["status"] != "succeeded":
        raise invalid(f"Only a payment that succeeded can be disputed: {intent['id']} has not.")
    charge = state.objects[intent["latest_charge"]]
    if current(state, intent):
        raise invalid(f"{intent['id']} is in dispute already.")
    dispute = state.create(
        "dispute",
        "du",
        amount=amount or charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        evidence_details=_evidence(state),
        is_charge_refundable=status.startswith("warning"),
        payment_intent=intent["id"],
        payment_method_details=_card(charge, status),
        reason=reason,
        status=status,
    )
    charge["disputed"] = True
    state.emit("charge.dispute.created", dispute)
    if not status.startswith("warning"):
        _withdraw(state, dispute)
    return dispute


def current(state: State, intent: Obj) -> Obj | None:
    """Its dispute that is still open."""
    found = state.of_kind("dispute", payment_intent=intent["id"])
    return next((one for one in found if one["status"] not in _CLOSED), None)


def decide(state: State, dispute: Obj, status: str) -> Obj:
    """Move a dispute on: to "won", "lost", "warning_closed", or an inquiry to "needs_response"."""
    if dispute["status"] in _CLOSED or status not in _RESULTS:
        raise invalid(f"A dispute that is {dispute['status']} cannot become {status}.")
    was = dispute["status"]
    dispute["status"] = status
    previous = {"status": was}
    if was.startswith("warning") and not status.startswith("warning") and status != "won":
        _withdraw(state, dispute)
    if status == "won" and dispute["balance_transactions"]:
        moved = move(state, dispute["amount"], source=dispute["id"], kind="dispute_reversal")
        dispute["balance_transactions"].append(dict(moved))
        state.emit("charge.dispute.funds_reinstated", dispute)
    kind = "closed" if status in _CLOSED else "updated"
    state.emit(f"charge.dispute.{kind}", dispute, previous=previous)
    return dispute


def _withdraw(state: State, dispute: Obj) -> None:
    moved = move(state, -dispute["amount"], fee=FEE_CENTS, source=dispute["id"], kind="dispute")
    dispute["balance_transactions"].append(dict(moved))
    dispute["is_charge_refundable"] = False
    state.emit("charge.dispute.funds_withdrawn", dispute)


def _evidence(state: State) -> Obj:
    due = state.now() + _ANSWER_SECONDS
    said: Obj = {"due_by": due, "has_evidence": False, "past_due": False, "submission_count": 0}
    return said | {"enhanced_eligibility": {}}


def _card(charge: Obj, status: str) -> Obj | None:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return None
    case = "inquiry" if status.startswith("warning") else "chargeback"
    brand = details["card"]["brand"]
    card = {"brand": brand, "case_type": case, "network": brand, "network_reason_code": "10.4"}
    return {"type": "card", "card": card}


# --- the calls ------------------------------------------------------------------------------
def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("dispute", id_)


def list_(state: State, params: Obj) -> Obj:
    return listed(state, "dispute", params, match=("charge", "payment_intent"))


def update(state: State, params: Obj, id_: str) -> Obj:
    dispute = state.get("dispute", id_)
    dispute["metadata"] = merged(dispute["metadata"], params.get("metadata"))
    if params.get("evidence"):
        dispute["evidence"] |= params["evidence"]
        dispute["evidence_details"]["has_evidence"] = True
    if params.get("submit"):
        dispute["evidence_details"]["submission_count"] += 1
        warning = dispute["status"].startswith("warning")
        dispute["status"] = "warning_under_review" if warning else "under_review"
    state.emit("charge.dispute.updated", dispute)
    return dispute


def close(state: State, params: Obj, id_: str) -> Obj:
    """Give in: the dispute is lost."""
    return decide(state, state.get("dispute", id_), "lost")
