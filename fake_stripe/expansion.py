"""`expand[]`: ids in an answer replaced by the objects that they name."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from fake_stripe import charges, checkout, invoices
from fake_stripe.errors import invalid
from fake_stripe.state import Obj, State

_DEEPEST = 4
_EXPANDABLE = {
    "balance_transaction": "source",
    "charge": "balance_transaction customer payment_intent",
    "checkout.session": "customer invoice payment_intent setup_intent",
    "dispute": "charge payment_intent",
    "invoice": "customer",
    "invoice_payment": "invoice",
    "payment": "charge payment_intent",
    "payment_intent": "customer latest_charge payment_method",
    "payment_method": "customer",
    "refund": "balance_transaction charge failure_balance_transaction payment_intent",
    "setup_intent": "customer payment_method",
}
_INCLUDED: dict[tuple[str, str], Callable[[State, Obj], Obj]] = {
    ("charge", "refunds"): charges.refunds_of,
    ("checkout.session", "line_items"): checkout.items_of,
    ("invoice", "payments"): invoices.payments_of,
}
"""Lists that are only there when they are asked for."""


def expanded(state: State, answer: Obj, paths: list[str]) -> Obj:
    """A copy of the answer. Raises ApiError for what cannot be expanded."""
    copy = deepcopy(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            message = f"You cannot expand more than {_DEEPEST} levels of a property."
            raise invalid(message, param="expand")
        _expand(state, copy, parts, path)
    return copy


def _expand(state: State, at: Obj, parts: list[str], path: str) -> None:
    name, rest = parts[0], parts[1:]
    if at.get("object") == "list" and name == "data":
        for one in at["data"]:
            _expand(state, one, rest, path)
        return
    kind = at.get("object", "payment")
    if (kind, name) in _INCLUDED:
        at.setdefault(name, _INCLUDED[kind, name](state, state.objects[at["id"]]))
    elif name not in _EXPANDABLE.get(kind, "").split() and not isinstance(at.get(name), dict):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    elif isinstance(at.get(name), str):
        at[name] = deepcopy(state.objects[at[name]])
    if rest and isinstance(at.get(name), dict):
        _expand(state, at[name], rest, path)
