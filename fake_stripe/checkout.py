"""Checkout sessions: made by a client, paid on the hosted page or by a test."""

from __future__ import annotations

from fake_stripe import payments, setups
from fake_stripe.customers import living
from fake_stripe.errors import ApiError, invalid, missing
from fake_stripe.listing import listed
from fake_stripe.metadata import merged
from fake_stripe.shapes import page
from fake_stripe.state import Obj, State

_SHORTEST_SECONDS, _LONGEST_SECONDS = 1_800, 86_400
_CLOCK_SECONDS = 60
"""How far a client's clock may be off when it asks for the shortest or longest life."""
_KEPT = (
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "customer_email",
    "billing_address_collection",
    "locale",
    "metadata",
    "submit_type",
    "success_url",
    "allow_promotion_codes",
    "consent_collection",
    "integration_identifier",
    "saved_payment_method_options",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
)
_WEB = ("http://", "https://")


def create(state: State, params: Obj) -> Obj:
    mode = params.get("mode")
    if mode is None:
        raise missing("mode")
    _require_urls(params)
    if params.get("customer"):
        living(state, params["customer"])
        if params.get("customer_email"):
            message = "You may only specify one of these parameters: customer, customer_email."
            raise invalid(message, param="customer")
    id_ = state.new_id("cs_live" if state.livemode else "cs_test", 58)
    items = _items(state, params) if mode == "payment" else []
    session = state.create(
        "checkout.session",
        "cs",
        id=id_,
        automatic_tax=_tax(params),
        expires_at=_expires_at(state, params),
        invoice_creation=_invoice_creation(params) if mode == "payment" else None,
        mode=mode,
        url=f"{state.public_url}/checkout/{id_}",
        **{name: params[name] for name in _KEPT if name in params},
    )
    state.note(session).update({"params": params, "items": items})
    if mode == "payment":
        set_amounts(session, items, tax=0)
    elif mode == "setup":
        session["setup_intent"] = setups.make(state, session, params)["id"]
        session["payment_status"] = "no_payment_required"
    else:
        raise invalid("The fake Stripe has no subscriptions: use payment or setup.", param="mode")
    return session


def _require_urls(params: Obj) -> None:
    if not params.get("success_url"):
        raise missing("success_url")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(_WEB):
            message = "Not a valid URL: URLs must begin with http or https."
            raise ApiError(400, message, param=name, code="url_invalid")


def _expires_at(state: State, params: Obj) -> int:
    latest = state.now() + _LONGEST_SECONDS
    asked: int = params.get("expires_at", latest)
    if asked > latest + _CLOCK_SECONDS:
        raise invalid("`expires_at` must be less than 24 hours from now.", param="expires_at")
    if asked < state.now() + _SHORTEST_SECONDS - _CLOCK_SECONDS:
        raise invalid("`expires_at` must be at least 30 minutes from now.", param="expires_at")
    return asked


def _items(state: State, params: Obj) -> list[Obj]:
    given = params.get("line_items")
    if not given:
        raise missing("line_items")
    made = [_item(state, item, f"line_items[{place}]") for place, item in enumerate(given)]
    payments.require_amount(sum(item["amount_subtotal"] for item in made), made[0]["currency"])
    if len({item["currency"] for item in made}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    return made


def _item(state: State, item: Obj, path: str) -> Obj:
    if "price_data" not in item:
        id_ = item.get("price", "")
        message = f"No such price: '{id_}'; the fake Stripe takes `price_data` only."
        raise ApiError(400, message, param=f"{path}[price]", code="resource_missing")
    data, quantity = item["price_data"], item.get("quantity")
    if quantity is None:
        raise missing(f"{path}[quantity]")
    if "product_data" not in data:
        raise missing(f"{path}[price_data][product_data]")
    if data.get("unit_amount") is None:
        raise missing(f"{path}[price_data][unit_amount]")
    if data["unit_amount"] < 0 or quantity < 1:
        raise invalid("Invalid non-negative integer", param=f"{path}[price_data][unit_amount]")
    amount = data["unit_amount"] * quantity
    return {
        "id": state.new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": data["currency"],
        "description": data["product_data"]["name"],
        "metadata": item.get("metadata", {}),
        "price": None,
        "quantity": quantity,
    }


def set_amounts(session: Obj, items: list[Obj], *, tax: int) -> None:
    subtotal = sum(item["amount_subtotal"] for item in items)
    session |= {"amount_subtotal": subtotal, "amount_total": subtotal + tax}
    session["currency"] = items[0]["currency"]
    session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": tax}


def _tax(params: Obj) -> Obj:
    enabled = params.get("automatic_tax", {}).get("enabled", False)
    liability = {"type": "self"} if enabled else None
    status = "requires_location_inputs" if enabled else None
    return {"enabled": enabled, "liability": liability, "provider": None, "status": status}


def _invoice_creation(params: Obj) -> Obj:
    asked = params.get("invoice_creation", {"enabled": False})
    empty = ("account_tax_ids", "custom_fields", "description", "footer", "issuer")
    data = dict.fromkeys(empty) | {"metadata": {}, "rendering_options": None}
    return {"enabled": asked["enabled"], "invoice_data": data | asked.get("invoice_data", {})}


def end(state: State, session: Obj) -> Obj:
    """Expire an open session."""
    require_open(session)
    session |= {"status": "expired", "url": None}
    state.emit("checkout.session.expired", session)
    return session


def require_open(session: Obj) -> None:
    if session["status"] != "open":
        raise invalid(f"Checkout Session {session['id']} is {session['status']}: make a new one.")


# --- the calls ------------------------------------------------------------------------------
def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("checkout.session", id_, param="session")


def update(state: State, params: Obj, id_: str) -> Obj:
    session = retrieve(state, params, id_)
    session["metadata"] = merged(session["metadata"], params.get("metadata"))
    return session


def expire(state: State, params: Obj, id_: str) -> Obj:
    session = retrieve(state, params, id_)
    if session["status"] != "open":
        raise invalid('Only Checkout Sessions with a status in ["open"] can be expired.')
    return end(state, session)


def list_(state: State, params: Obj) -> Obj:
    match = ("customer", "payment_intent", "status")
    return listed(state, "checkout.session", params, match=match)


def line_items(state: State, params: Obj, id_: str) -> Obj:
    return items_of(state, retrieve(state, params, id_))


def items_of(state: State, session: Obj) -> Obj:
    """What `expand[]=line_items` of a session gives."""
    return page(f"/v1/checkout/sessions/{session['id']}/line_items", state.note(session)["items"])
