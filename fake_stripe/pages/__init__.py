"""What a person sees: the payment page, the bank's question, the portal, receipts, invoices."""

from __future__ import annotations

from urllib.parse import parse_qs

from fake_stripe.control import Control
from fake_stripe.errors import ApiError
from fake_stripe.pages import papers, paying, portal
from fake_stripe.pages.layout import Page, page
from fake_stripe.state import State

_NOT_FOUND = "<p>There is no such page. Go back to where you came from and start again.</p>"
_WELCOME = "<p>It speaks Stripe's interface under <code>/v1/</code>, for tests and for a demo.</p>"


class Pages:
    def __init__(self, state: State, control: Control) -> None:
        self.state, self.control = state, control

    def answer(self, method: str, path: str, body: str) -> Page:
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        where = [part for part in path.split("/") if part]
        try:
            with self.state.lock:
                self.state.touched = self.state.touched or method == "POST"
                return self._answer(method, where, form)
        except ApiError as problem:
            return page("Not found", _NOT_FOUND, status=404 if problem.status == 404 else 400)

    def _answer(self, method: str, where: list[str], form: dict[str, str]) -> Page:
        state, posted = self.state, method == "POST"
        match where:
            case []:
                return page("A fake Stripe", _WELCOME)
            case ["checkout", id_] if posted:
                return paying.pay(state, self.control, id_, form.get("method", ""))
            case ["checkout", id_]:
                return paying.checkout(state, id_)
            case ["authenticate", id_] if posted:
                return paying.answer_bank(state, id_, passed=form.get("answer") == "yes")
            case ["authenticate", id_]:
                return paying.ask_bank(state, id_)
            case ["portal", id_] if posted:
                return portal.remove(state, id_, form.get("remove", ""))
            case ["portal", id_]:
                return portal.show(state, id_)
            case ["receipts", id_]:
                return papers.receipt(state, id_)
            case ["invoices", id_]:
                return papers.invoice(state, id_)
        return page("Not found", _NOT_FOUND, status=404)
