"""Customers: who pays, with which saved cards."""

from __future__ import annotations

from fake_stripe.errors import no_such
from fake_stripe.listing import listed
from fake_stripe.metadata import merged
from fake_stripe.payment_methods import attach
from fake_stripe.state import Obj, State

_KEPT = (
    "address",
    "description",
    "email",
    "name",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
    "business_name",
    "individual_name",
)


def create(state: State, params: Obj) -> Obj:
    customer = state.create(
        "customer",
        "cus",
        metadata=params.get("metadata", {}),
        invoice_settings=dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options")
        ),
        **{name: params[name] for name in _KEPT if name in params},
    )
    state.emit("customer.created", customer)
    if params.get("payment_method"):
        attach(state, {"customer": customer["id"]}, params["payment_method"])
    return _set_default(state, customer, params)


def retrieve(state: State, params: Obj, id_: str) -> Obj:
    customer = state.get("customer", id_)
    return gone(customer) if state.note(customer).get("deleted") else customer


def update(state: State, params: Obj, id_: str) -> Obj:
    customer = living(state, id_, param="id")
    customer |= {name: params[name] or None for name in _KEPT if name in params}
    customer["metadata"] = merged(customer["metadata"], params.get("metadata"))
    _set_default(state, customer, params)
    state.emit("customer.updated", customer)
    return customer


def delete(state: State, params: Obj, id_: str) -> Obj:
    customer = living(state, id_, param="id")
    state.note(customer)["deleted"] = True
    for method in state.of_kind("payment_method", customer=id_):
        method["customer"] = None
        state.note(method)["detached"] = True
    state.emit("customer.deleted", customer)
    return gone(customer)


def list_(state: State, params: Obj) -> Obj:
    def keeps(customer: Obj) -> bool:
        return not state.note(customer).get("deleted")

    return listed(state, "customer", params, match=("email",), keep=keeps)


def living(state: State, id_: str, *, param: str = "customer") -> Obj:
    """A customer that was not deleted. Raises ApiError `resource_missing`."""
    customer = state.get("customer", id_, param=param)
    if state.note(customer).get("deleted"):
        raise no_such("customer", id_, param=param)
    return customer


def gone(customer: Obj) -> Obj:
    return {"id": customer["id"], "object": "customer", "deleted": True}


def _set_default(state: State, customer: Obj, params: Obj) -> Obj:
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        id_ = settings["default_payment_method"] or None
        param = "invoice_settings[default_payment_method]"
        if id_ and state.get("payment_method", id_, param=param)["customer"] != customer["id"]:
            raise no_such("payment_method", id_, param=param)
        customer["invoice_settings"]["default_payment_method"] = id_
    return customer
