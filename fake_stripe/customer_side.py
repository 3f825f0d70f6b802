"""What the customer does with a Checkout session, on the hosted page or by a test's hand."""

from __future__ import annotations

from fake_stripe import cards, invoices, payments, setups
from fake_stripe.checkout import require_open, set_amounts
from fake_stripe.customers import create as create_customer
from fake_stripe.errors import invalid
from fake_stripe.state import Obj, State


def pay(state: State, session: Obj, token: str, *, tax_percent: int = 0) -> Obj:
    """What the hosted page does with a test card. Raises ApiError 402 when the card says no.

    The session stays open after a decline, and while the customer has yet to authenticate.
    """
    require_open(session)
    _require_allowed(session, token)
    if session["mode"] == "setup":
        setups.confirm(state, state.objects[session["setup_intent"]], token)
        return complete(state, session)
    _add_tax(state, session, tax_percent)
    intent = _intent(state, session)
    state.note(intent)["return_url"] = f"{state.public_url}/checkout/{session['id']}"
    payments.confirm(state, intent, token)
    return session if intent["status"] == "requires_action" else complete(state, session)


def _require_allowed(session: Obj, token: str) -> None:
    card = cards.find(token)
    allowed = session.get("allowed_payment_method_types")
    if card and allowed and card.type not in allowed:
        raise invalid(f"This session takes {', '.join(allowed)} only, not {card.type}.")


def _add_tax(state: State, session: Obj, percent: int) -> None:
    if session["automatic_tax"]["enabled"]:
        tax = session["amount_subtotal"] * percent // 100
        set_amounts(session, state.note(session)["items"], tax=tax)
        session["automatic_tax"]["status"] = "complete"


def _intent(state: State, session: Obj) -> Obj:
    """The session's PaymentIntent, made when the customer first tries to pay."""
    if session["payment_intent"]:
        intent = state.objects[session["payment_intent"]]
        if intent["status"] == "requires_action":  # back from the bank's page, unanswered
            intent |= {"status": "requires_payment_method", "next_action": None}
        return intent
    data = state.note(session)["params"].get("payment_intent_data", {})
    _settle_customer(state, session, data)
    kept = ("description", "metadata", "receipt_email", "setup_future_usage")
    intent = payments.make(
        state,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        **{name: data[name] for name in kept if name in data},
    )
    state.note(intent)["session"] = session["id"]
    session["payment_intent"] = intent["id"]
    return intent


def _settle_customer(state: State, session: Obj, data: Obj) -> None:
    """Make a customer where one is wanted and none was named."""
    wanted = session["customer_creation"] == "always" or data.get("setup_future_usage")
    if wanted and session["customer"] is None:
        email = {"email": session["customer_email"]} if session["customer_email"] else {}
        session["customer"] = create_customer(state, email)["id"]


def complete(state: State, session: Obj) -> Obj:
    """The customer is done: paid, saved, or waiting for a bank."""
    session |= {"status": "complete", "url": None, "customer_details": _details(state, session)}
    if session["mode"] == "payment":
        paid = state.objects[session["payment_intent"]]["status"] == "succeeded"
        session["payment_status"] = "paid" if paid else "unpaid"
        if paid:
            _make_invoice(state, session)
    state.emit("checkout.session.completed", session)
    return session


def settled(state: State, session: Obj, *, arrived: bool) -> Obj:
    """The bank of an asynchronous payment has answered."""
    intent = state.get("payment_intent", session["payment_intent"] or "", param="session")
    payments.settle(state, intent, arrived=arrived)
    if arrived:
        session["payment_status"] = "paid"
        _make_invoice(state, session)
    outcome = "succeeded" if arrived else "failed"
    state.emit(f"checkout.session.async_payment_{outcome}", session)
    return session


def authenticated(state: State, intent: Obj, *, passed: bool) -> Obj:
    """The customer has met, or failed, the bank's question. Raises ApiError 402 when failed."""
    payments.authenticate(state, intent, passed=passed)
    session = state.objects.get(state.note(intent).get("session", ""))
    return complete(state, session) if session else intent


def _make_invoice(state: State, session: Obj) -> None:
    if session["invoice_creation"]["enabled"] and session["invoice"] is None:
        session["invoice"] = invoices.paid(state, session)["id"]


def _details(state: State, session: Obj) -> Obj:
    customer = state.objects.get(session["customer"] or "", {})
    email = customer.get("email") or session["customer_email"] or "customer@example.com"
    said = dict.fromkeys(("address", "phone", "business_name", "individual_name"))
    name = customer.get("name")
    return said | {"email": email, "name": name, "tax_exempt": "none", "tax_ids": []}
