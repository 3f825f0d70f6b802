"""Invoices: the paper of a payment that Checkout took with `invoice_creation`."""

from __future__ import annotations

from fake_stripe.listing import listed
from fake_stripe.shapes import page
from fake_stripe.state import Obj, State


def paid(state: State, session: Obj) -> Obj:
    """The paid invoice of a session."""
    id_ = state.new_id("in")
    total, subtotal = session["amount_total"], session["amount_subtotal"]
    details = session["customer_details"] or {}
    data = state.note(session)["params"].get("invoice_creation", {}).get("invoice_data", {})
    now = state.now()
    invoice = state.create(
        "invoice",
        "in",
        id=id_,
        amount_due=total,
        amount_paid=total,
        automatic_tax=_tax(session),
        currency=session["currency"],
        customer=session["customer"],
        customer_email=details.get("email"),
        customer_name=details.get("name"),
        description=data.get("description"),
        effective_at=now,
        footer=data.get("footer"),
        hosted_invoice_url=f"{state.public_url}/invoices/{id_}",
        lines=page(f"/v1/invoices/{id_}/lines", _lines(state, session, id_)),
        metadata=data.get("metadata", {}),
        number=f"PRETEND-{len(state.of_kind('invoice')) + 1:04}",
        period_end=now,
        period_start=now,
        status="paid",
        status_transitions=_transitions(now),
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal,
        total=total,
        total_excluding_tax=subtotal,
        total_taxes=[],
    )
    state.note(invoice)["payment_intent"] = session["payment_intent"]
    state.emit("invoice.paid", invoice)
    return invoice


def _transitions(now: int) -> Obj:
    never = {"marked_uncollectible_at": None, "voided_at": None}
    return {"finalized_at": now, "paid_at": now} | never


def _tax(session: Obj) -> Obj:
    tax: Obj = session["automatic_tax"]
    return tax | {"disabled_reason": None, "status": "complete" if tax["enabled"] else None}


def _lines(state: State, session: Obj, invoice: str) -> list[Obj]:
    return [
        {
            "id": state.new_id("il"),
            "object": "line_item",
            "amount": item["amount_subtotal"],
            "currency": item["currency"],
            "description": item["description"],
            "discountable": False,
            "discount_amounts": [],
            "discounts": [],
            "invoice": invoice,
            "livemode": state.livemode,
            "metadata": {},
            "period": {"end": session["created"], "start": session["created"]},
            "quantity": item["quantity"],
            "subtotal": item["amount_subtotal"],
        }
        for item in state.note(session)["items"]
    ]


# --- the calls ------------------------------------------------------------------------------
def retrieve(state: State, params: Obj, id_: str) -> Obj:
    return state.get("invoice", id_)


def list_(state: State, params: Obj) -> Obj:
    return listed(state, "invoice", params, match=("customer", "status", "collection_method"))


def payments_of(state: State, invoice: Obj) -> Obj:
    """What `expand[]=payments` of an invoice gives."""
    intent = state.objects[state.note(invoice)["payment_intent"]]
    made = {
        "id": f"inpay_{invoice['id'][3:]}",
        "object": "invoice_payment",
        "amount_paid": invoice["amount_paid"],
        "amount_requested": invoice["total"],
        "created": invoice["created"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": invoice["livemode"],
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": invoice["created"]},
    }
    return page(f"/v1/invoice_payments?invoice={invoice['id']}", [made])
