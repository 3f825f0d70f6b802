"""Stripe's test cards and bank accounts that are known here, and how each behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Decline:
    """What the issuer says: `code` and `decline_code` as in Stripe's list of declines."""

    code: str
    decline_code: str
    message: str


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC = _declined("generic_decline")
NO_FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")
AUTHENTICATION = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "",
    "We are unable to authenticate your payment method. Please choose a different payment"
    " method and try again.",
)


@dataclass(frozen=True)
class Card:
    """`token` is Stripe's name of a test payment method, as `pm_card_visa`."""

    token: str
    last4: str
    brand: str = "visa"
    type: Literal["card", "us_bank_account"] = "card"
    decline: Decline | None = None
    fails_to_attach: bool = False
    authentication: Literal["never", "always", "until_set_up"] = "never"
    aftermath: Literal["", "dispute", "inquiry", "refund_pending"] = ""


def _refused(name: str, last4: str, decline: Decline) -> Card:
    return Card(f"pm_card_{name}", last4, decline=decline, fails_to_attach=True)


_EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
_PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
_BANK_CLOSED = Decline(
    "payment_method_provider_decline", "account_closed", "The customer's bank account is closed."
)
_BANK_POOR = Decline(
    "payment_method_provider_decline",
    "insufficient_funds",
    "The customer's account has insufficient funds to cover this payment.",
)
_KNOWN = (
    Card("pm_card_visa", "4242"),
    Card("pm_card_visa_debit", "5556"),
    Card("pm_card_mastercard", "4444", brand="mastercard"),
    Card("pm_card_amex", "0005", brand="amex"),
    _refused("chargeDeclined", "0002", GENERIC),
    _refused("chargeDeclinedInsufficientFunds", "9995", NO_FUNDS),
    _refused("chargeDeclinedLostCard", "9987", _declined("lost_card")),
    _refused("chargeDeclinedStolenCard", "9979", _declined("stolen_card")),
    _refused("chargeDeclinedFraudulent", "0019", _declined("fraudulent")),
    _refused("chargeDeclinedExpiredCard", "0069", _EXPIRED),
    _refused("chargeDeclinedIncorrectCvc", "0127", _CVC),
    _refused("chargeDeclinedProcessingError", "0119", _PROCESSING),
    Card("pm_card_chargeCustomerFail", "0341", decline=GENERIC),
    Card("pm_card_authenticationRequired", "3184", authentication="always"),
    Card("pm_card_authenticationRequiredOnSetup", "3155", authentication="until_set_up"),
    Card("pm_card_createDispute", "0259", aftermath="dispute"),
    Card("pm_card_createDisputeInquiry", "1976", aftermath="inquiry"),
    Card("pm_card_pendingRefund", "7726", aftermath="refund_pending"),
    Card("pm_usBankAccount_success", "6789", brand="", type="us_bank_account"),
    Card(
        "pm_usBankAccount_accountClosed",
        "1116",
        brand="",
        type="us_bank_account",
        decline=_BANK_CLOSED,
    ),
    Card(
        "pm_usBankAccount_insufficientFunds",
        "2227",
        brand="",
        type="us_bank_account",
        decline=_BANK_POOR,
    ),
)
_BY_TOKEN = {card.token: card for card in _KNOWN}


def named(token: str) -> Card:
    """Raises KeyError for a token that is not known."""
    return _BY_TOKEN[token]


def find(token: str) -> Card | None:
    """The card of a token; Stripe spells the declining ones `pm_card_visa_chargeDeclined` too."""
    return _BY_TOKEN.get(token) or _BY_TOKEN.get(token.replace("pm_card_visa_", "pm_card_", 1))
