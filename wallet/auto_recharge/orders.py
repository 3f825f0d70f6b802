"""What the customer wants: whether, below which balance, how much, from which card."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from wallet import services
from wallet.gateway import SavedCard, gateway, is_live
from wallet.models import AutoRecharge, StripeCustomer
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS

MAX_CAP_CENTS = 100 * MAX_TOPUP_CENTS


class InvalidAutoRecharge(ValueError):
    """These numbers or this card will not do; the message says what will."""


def configure(
    user: User,
    *,
    enabled: bool,
    threshold_micros: int,
    amount_cents: int,
    monthly_cap_cents: int,
    payment_method_id: str,
    ip: str | None,
) -> AutoRecharge:
    """Store what the customer wants now; what failed before is forgotten.

    To enable it is to consent: the time and the address are kept. Asks the provider whether the
    card is the customer's. Raises InvalidAutoRecharge, and what the gateway raises.
    """
    _require_sane(threshold_micros, amount_cents, monthly_cap_cents)
    wanted: dict[str, object] = {
        "is_enabled": enabled,
        "threshold_micros": threshold_micros,
        "amount_cents": amount_cents,
        "monthly_cap_cents": monthly_cap_cents,
    }
    if enabled:
        card = _card_of(user, payment_method_id)
        wanted |= _of_card(card) | {"consent_at": timezone.now(), "consent_ip": ip or None}
    return _store(user, wanted)


def card_saved(user: User, card: SavedCard) -> AutoRecharge:
    """A payment page has kept a card, for the customer to turn auto-recharge on with.

    An order that is on stays as it is: its consent was for the card that it names.
    """
    order = AutoRecharge.objects.filter(user=user, is_enabled=True).first()
    return order or _store(user, _of_card(card))


def card_removed(payment_method_id: str) -> None:
    """The card is gone, and with it what was to be charged to it."""
    AutoRecharge.objects.filter(payment_method_id=payment_method_id).update(
        is_enabled=False,
        payment_method_id="",
        card="",
        error="The saved card was removed.",
        updated_at=timezone.now(),
    )


def _store(user: User, wanted: dict[str, object]) -> AutoRecharge:
    anew = {"state": AutoRecharge.State.ACTIVE, "failures": 0, "next_try_at": None, "error": ""}
    order, _ = AutoRecharge.objects.update_or_create(user=user, defaults=wanted | anew)
    return order


def _of_card(card: SavedCard) -> dict[str, object]:
    return {
        "payment_method_id": card.payment_method_id,
        "card": card.label,
        "livemode": is_live(),
    }


def _card_of(user: User, payment_method_id: str) -> SavedCard:
    customer = StripeCustomer.objects.filter(user=user, livemode=is_live()).first()
    cards = gateway().saved_cards(customer.customer_id) if customer else []
    for card in cards:
        if card.payment_method_id == payment_method_id:
            return card
    raise InvalidAutoRecharge(
        _(
            "Choose one of your saved cards. A card is saved when you top up and let it be"
            " remembered."
        )
    )


def _require_sane(threshold_micros: int, amount_cents: int, monthly_cap_cents: int) -> None:
    if not 0 <= threshold_micros <= services.MAX_AMOUNT_MICROS:
        raise InvalidAutoRecharge(_("The balance to recharge at is $0.00 or more."))
    if not MIN_TOPUP_CENTS <= amount_cents <= MAX_TOPUP_CENTS:
        raise InvalidAutoRecharge(_("Amount must be between $1.00 and $10,000.00."))
    if not amount_cents <= monthly_cap_cents <= MAX_CAP_CENTS:
        raise InvalidAutoRecharge(
            _(
                "The most to charge in a month is at least the amount of one recharge, and at most"
                " $1,000,000.00."
            )
        )
