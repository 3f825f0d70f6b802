"""The customer's portal: saved cards, with a button to remove each, and paid invoices."""

from __future__ import annotations

from html import escape

from fake_stripe import payment_methods
from fake_stripe.pages.layout import Page, go, link, money, page
from fake_stripe.state import Obj, State


def show(state: State, id_: str) -> Page:
    session = state.get("billing_portal.session", id_)
    methods = state.of_kind("payment_method", customer=session["customer"])
    invoices = state.of_kind("invoice", customer=session["customer"])
    back = link(session["return_url"], "Back to the site") if session["return_url"] else ""
    cards = "".join(f"<li>{_card(method)}</li>" for method in methods)
    papers = "".join(f"<li>{_invoice(invoice)}</li>" for invoice in invoices)
    return page(
        "Cards and invoices",
        f"""<h2>Saved cards</h2>
{f"<ul>{cards}</ul>" if cards else "<p>No card is saved.</p>"}
<h2>Invoices</h2>
{f"<ul>{papers}</ul>" if papers else "<p>There are no invoices.</p>"}
{back}""",
    )


def remove(state: State, id_: str, method: str) -> Page:
    """Detach a card, if it is one of this customer."""
    session = state.get("billing_portal.session", id_)
    found = state.objects.get(method)
    owned = found and found["object"] == "payment_method"
    if found and owned and found["customer"] == session["customer"]:
        payment_methods.detach(state, {}, method)
    return go(session["url"])


def _card(method: Obj) -> str:
    details = method[method["type"]]
    name = escape(details.get("brand", "bank account").title() + f" ending in {details['last4']}")
    return f"""<form method="post" class="row"><span>{name}</span>
<button class="quiet" name="remove" value="{escape(method["id"])}"
aria-label="Remove {name}">Remove</button></form>"""


def _invoice(invoice: Obj) -> str:
    url, number = escape(invoice["hosted_invoice_url"]), escape(invoice["number"])
    return f"""<div class="row"><a href="{url}">Invoice {number}</a>
<span>{money(invoice["amount_paid"])} paid</span></div>"""
