"""Money that comes in: Checkout sessions, payments, receipts."""

from __future__ import annotations

from django.db import transaction

from wallet import auto_recharge, services
from wallet.exceptions import PaymentConflict
from wallet.gateway.readings import id_of
from wallet.gateway.requests import SAVE_CARD
from wallet.models import Topup
from wallet.stripe_events.cards import keep_card
from wallet.stripe_events.matching import Fields, NotOurs, require, topup_of

Status = Topup.Status


# --- Checkout -------------------------------------------------------------------------------


def session_completed(session: Fields) -> str:
    """The customer is through with the page; a bank may still take days."""
    topup = _topup_of_session(session)
    match session.get("payment_status"):
        case "paid":
            return _credit_session(topup, session)
        case "unpaid":
            services.mark_topup(topup_id=topup.pk, status=Status.PROCESSING)
            return "waits for the bank"
        case other:
            raise PaymentConflict(f"Its payment_status is {other!r}.")


def session_paid(session: Fields) -> str:
    """The bank has paid; this may come before `completed`."""
    topup = _topup_of_session(session)
    require(session, payment_status="paid")
    return _credit_session(topup, session)


def session_failed(session: Fields) -> str:
    topup = _topup_of_session(session)
    error = "The bank did not make the payment."
    return _over(services.mark_topup(topup_id=topup.pk, status=Status.FAILED, error=error))


def session_expired(session: Fields) -> str:
    topup = _topup_of_session(session)
    return _over(services.mark_topup(topup_id=topup.pk, status=Status.EXPIRED))


def _topup_of_session(session: Fields) -> Topup:
    if session.get("mode") != "payment":
        raise NotOurs("not a payment")
    topup = topup_of(session)
    require(session, client_reference_id=str(topup.pk))
    return topup


def _credit_session(topup: Topup, session: Fields) -> str:
    """Credit what was asked for: tax, on top of it, is not the customer's to spend."""
    require(session, amount_subtotal=topup.amount_cents)
    intent = id_of(session.get("payment_intent"))
    said = _credit(topup, intent, session.get("amount_total") or 0)
    if (session.get("metadata") or {}).get(SAVE_CARD):
        transaction.on_commit(lambda: keep_card(topup.user, intent), robust=True)
    return said


# --- payments -------------------------------------------------------------------------------


def payment_succeeded(intent: Fields) -> str:
    """What credits a payment without a page; for one with a page, a belt beside the braces."""
    topup = topup_of(intent)
    require(intent, status="succeeded")
    received = intent.get("amount_received") or 0
    if topup.kind != Topup.Kind.CHECKOUT:
        require(intent, amount_received=topup.amount_cents)
    said = _credit(topup, intent["id"], received)
    if topup.kind == Topup.Kind.AUTO:
        auto_recharge.completed(topup)
    return said


def payment_failed(intent: Fields) -> str:
    """A card was declined. On a page, the customer may try another; nobody is there to do so
    when we charged a saved one.
    """
    topup = topup_of(intent)
    if topup.kind != Topup.Kind.AUTO:
        return "the customer may try again"
    error = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code") or ""
    if error.get("code") == auto_recharge.AUTHENTICATION_REQUIRED:
        code = error["code"]
    auto_recharge.payment_failed(topup, code, error.get("message") or "The card was declined.")
    return f"declined: {code}"


def payment_processing(intent: Fields) -> str:
    topup = topup_of(intent)
    services.mark_topup(topup_id=topup.pk, status=Status.PROCESSING)
    return "waits for the bank"


def payment_canceled(intent: Fields) -> str:
    topup = topup_of(intent)
    error = "The payment was cancelled."
    return _over(services.mark_topup(topup_id=topup.pk, status=Status.FAILED, error=error))


def charge_succeeded(charge: Fields) -> str:
    """Brings the receipt, before the credit or after it."""
    topup = topup_of(charge)
    receipt_url = charge.get("receipt_url")
    if not receipt_url:
        return "no receipt"
    Topup.objects.filter(pk=topup.pk).update(receipt_url=receipt_url)
    return "receipt kept"


def _credit(topup: Topup, payment_intent_id: str, paid_cents: int) -> str:
    if not payment_intent_id:
        raise PaymentConflict("It is paid, and names no payment.")
    entry = services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=payment_intent_id,
        paid_cents=paid_cents,
        receipt_url=topup.receipt_url,
    )
    return f"credited by entry {entry.pk}"


def _over(marked: bool) -> str:
    return "noted" if marked else "was over already"
