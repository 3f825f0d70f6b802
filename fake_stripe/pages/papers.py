"""Receipts and invoices, to read and to print."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from fake_stripe.pages.layout import Page, money, page
from fake_stripe.state import Obj, State


def receipt(state: State, id_: str) -> Page:
    charge = state.get("charge", id_)
    rows = [("Paid on", _day(charge)), ("Amount", money(charge["amount"]))]
    if charge["amount_refunded"]:
        rows.append(("Refunded", money(charge["amount_refunded"])))
    return page("Receipt", _table([*rows, ("Number", charge["id"])]))


def invoice(state: State, id_: str) -> Page:
    found = state.get("invoice", id_)
    rows = [(line["description"], money(line["amount"])) for line in found["lines"]["data"]]
    tax = found["total"] - found["subtotal"]
    rows += [("Tax", money(tax))] if tax else []
    rows += [("Total", money(found["total"])), ("Paid on", _day(found))]
    return page(f"Invoice {found['number']}", _table(rows))


def _table(rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table>{lines}</table>"


def _day(of: Obj) -> str:
    return f"{datetime.fromtimestamp(of['created'], UTC):%Y-%m-%d}"
