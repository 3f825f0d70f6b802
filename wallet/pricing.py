"""What a minute of a service costs, now or at any other moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from wallet import offers
from wallet.models import Rate
from wallet.offers import Offer


class NoRate(LookupError):
    """No rate of the service has begun: it cannot be sold."""

    def __init__(self, service_type: str) -> None:
        super().__init__(
            f"{service_type} has no price yet: add a rate that has begun, in the admin."
        )
        self.service_type = service_type


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer with its rate, and the rates of the modes that have one of their own."""

    offer: Offer
    rate: Rate
    modes: dict[str, Rate]

    def rate_of(self, mode: str) -> Rate:
        return self.modes.get(mode, self.rate)


def price_now(service_type: str, mode: str = "", at: datetime | None = None) -> int:
    """Micro-dollars per minute: of the mode, or where it has no rate of the service.

    Raises NoRate when no rate of the service has begun.
    """
    begun = Rate.objects.filter(service_type=service_type, mode__in={mode, ""})
    newest: dict[str, Rate] = {}
    for rate in begun.effective(at or timezone.now()):
        newest.setdefault(rate.mode, rate)
    found = newest.get(mode) or newest.get("")
    if found is None:
        raise NoRate(service_type)
    return found.price_micros_per_minute


def price_list(at: datetime | None = None) -> list[Priced]:
    """Every offer that has a price, in the order of registration."""
    newest: dict[tuple[str, str], Rate] = {}
    for rate in Rate.objects.all().effective(at or timezone.now()):
        newest.setdefault((rate.service_type, rate.mode), rate)
    listed = []
    for offer in offers.all():
        rate_of_all = newest.get((offer.service_type, ""))
        if rate_of_all is not None:
            own = {mode: newest.get((offer.service_type, mode)) for mode in offer.modes}
            modes = {mode: rate for mode, rate in own.items() if rate is not None}
            listed.append(Priced(offer, rate_of_all, modes))
    return listed


def rates_now(at: datetime | None = None) -> dict[Offer, Rate]:
    """The rate of every offer that has a price, in the order of registration."""
    return {priced.offer: priced.rate for priced in price_list(at)}


def prices_now(at: datetime | None = None) -> dict[Offer, int]:
    """Micro-dollars per minute of every offer that has a price, in the order of registration."""
    return {offer: rate.price_micros_per_minute for offer, rate in rates_now(at).items()}
