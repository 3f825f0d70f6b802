"""The payment page of a Checkout session, and the page on which a bank asks who you are."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from fake_stripe import cards, customer_side
from fake_stripe.control import Control
from fake_stripe.errors import ApiError
from fake_stripe.pages.layout import Page, error, go, link, money, page
from fake_stripe.state import Obj, State


@dataclass(frozen=True)
class Choice:
    """One outcome to choose; `modes` are those of the session in which it is offered."""

    token: str
    title: str
    text: str
    modes: tuple[str, ...] = ("payment", "setup")


CHOICES = (
    Choice("pm_card_visa", "Card that pays", "Visa ending in 4242."),
    Choice(
        "pm_card_authenticationRequired",
        "Card that asks for authentication",
        "3-D Secure: the bank asks you first. Visa ending in 3184.",
    ),
    Choice("pm_card_chargeDeclined", "Card that is declined", "Visa ending in 0002."),
    Choice(
        "pm_card_chargeDeclinedInsufficientFunds",
        "Card without enough money",
        "Visa ending in 9995.",
        ("payment",),
    ),
    Choice(
        "pm_card_chargeCustomerFail",
        "Card that is saved, but declined later",
        "Visa ending in 0341.",
        ("setup",),
    ),
    Choice(
        "pm_usBankAccount_success",
        "Bank payment that arrives later",
        "Pending at first, paid after some seconds.",
        ("payment",),
    ),
    Choice(
        "pm_usBankAccount_insufficientFunds",
        "Bank payment that fails later",
        "Pending at first, failed after some seconds.",
        ("payment",),
    ),
)


def checkout(state: State, id_: str, *, problem: str = "") -> Page:
    session = state.get("checkout.session", id_)
    if session["status"] == "complete":
        back = link(success_url(session), "Back to the site")
        return page("Done", f"<p>This payment has been made already.</p>{back}")
    if session["status"] == "expired":
        text = "<p>It has expired, and nothing was paid. Start again on the site.</p>"
        return page("Too late", text + _cancel(session), status=410)
    return page("Save a pretend card" if _saves(session) else "Pay", _form(state, session, problem))


def _form(state: State, session: Obj, problem: str) -> str:
    offered = [choice for choice in CHOICES if _offered(choice, session)]
    choices = "\n".join(_choice(choice, first=choice is offered[0]) for choice in offered)
    button = "Save the card" if _saves(session) else f"Pay {money(session['amount_total'])}"
    return f"""
{_summary(state, session)}
{error(problem) if problem else ""}
<form method="post" action="{escape(state.public_url)}/checkout/{session["id"]}">
<fieldset><legend>How should it turn out?</legend>
{choices}
</fieldset>
<button class="wide">{button}</button>
</form>
{_cancel(session)}"""


def _summary(state: State, session: Obj) -> str:
    if _saves(session):
        return '<p class="soft">The card is kept for later payments.</p>'
    items = state.note(session)["items"]
    names = ", ".join(escape(item["description"]) for item in items)
    tax = "<br>Tax is added when you pay." if session["automatic_tax"]["enabled"] else ""
    return f'<p class="amount">{money(session["amount_total"])}</p><p class="soft">{names}{tax}</p>'


def _choice(choice: Choice, *, first: bool) -> str:
    checked = " checked" if first else ""
    return (
        f'<label class="choice"><input type="radio" name="method" value="{choice.token}"{checked}>'
        f'<span><b>{choice.title}</b><span class="soft">{choice.text}</span></span></label>'
    )


def _offered(choice: Choice, session: Obj) -> bool:
    card = cards.find(choice.token)
    allowed = session.get("allowed_payment_method_types")
    fits = not allowed or (card is not None and card.type in allowed)
    return fits and session["mode"] in choice.modes


def _saves(session: Obj) -> bool:
    return bool(session["mode"] == "setup")


def _cancel(session: Obj) -> str:
    url = session["cancel_url"]
    return link(url, "Cancel and go back") if url else ""


def success_url(session: Obj) -> str:
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def pay(state: State, control: Control, id_: str, token: str) -> Page:
    session = state.get("checkout.session", id_)
    if session["status"] != "open":
        return checkout(state, id_)
    if token not in {choice.token for choice in CHOICES if _offered(choice, session)}:
        return checkout(state, id_, problem="Choose one of these.")
    try:
        customer_side.pay(state, session, token, tax_percent=control.tax_percent)
    except ApiError as problem:
        return checkout(state, id_, problem=str(problem))
    if session["status"] == "open":
        return go(f"{state.public_url}/authenticate/{session['payment_intent']}")
    if session["payment_status"] == "unpaid":
        arrived = token == "pm_usBankAccount_success"  # noqa: S105 - the name of a test account
        due = {"at": state.now() + control.settle_seconds, "arrived": arrived}
        state.note(session)["settles"] = due
    return go(success_url(session))


# --- the bank's question --------------------------------------------------------------------
def ask_bank(state: State, id_: str) -> Page:
    intent = state.get("payment_intent", id_)
    if intent["status"] != "requires_action":
        return page("Nothing to confirm", "<p>Your bank has no open question.</p>")
    return page(
        "Your bank asks: is it you?",
        f"""<p class="amount">{money(intent["amount"])}</p>
<p class="soft">A pretend 3-D Secure page: choose how it ends.</p>
<form method="post">
<div class="row">
<button name="answer" value="yes">Complete authentication</button>
<button class="quiet" name="answer" value="no">Fail authentication</button>
</div>
</form>""",
    )


def answer_bank(state: State, id_: str, *, passed: bool) -> Page:
    intent = state.get("payment_intent", id_)
    if intent["status"] != "requires_action":
        return ask_bank(state, id_)
    session = state.objects.get(state.note(intent).get("session", ""))
    try:
        customer_side.authenticated(state, intent, passed=passed)
    except ApiError as problem:
        if session:
            return checkout(state, session["id"], problem=str(problem))
    return go(success_url(session)) if session else _return(state, intent)


def _return(state: State, intent: Obj) -> Page:
    """Back to the `return_url` of a payment without a session, with what became of it."""
    back = state.note(intent).get("return_url")
    if not back:
        return page("Done", "<p>You can close this page.</p>")
    outcome = "succeeded" if intent["status"] == "succeeded" else "failed"
    said = {"payment_intent": intent["id"], "redirect_status": outcome}
    said["payment_intent_client_secret"] = intent["client_secret"]
    return go(f"{back}{'&' if '?' in back else '?'}{urlencode(said)}")
