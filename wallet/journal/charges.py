"""Why a request cost what it cost: its units and its rate, as its hold has kept them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from wallet import offers
from wallet.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Charge:
    """Milliseconds of audio, at micro-dollars a minute."""

    service: str
    billed_ms: int
    price_micros_per_minute: int

    @property
    def seconds(self) -> float:
        return self.billed_ms / 1000

    @property
    def words(self) -> Promise | str:
        """What was made, in the language of the reader."""
        return offers.charged_as(self.service)


def charge_of(entry: JournalEntry) -> Charge | None:
    """The charge that an entry settles.

    None for an entry of another kind, and for a hold that does not say what was billed. Select the
    entry together with its hold: reading a list costs no further query then.
    """
    hold = entry.hold
    if hold is None or not hold.service:
        return None
    if hold.billed_ms is None or hold.price_micros_per_minute is None:
        return None
    return Charge(hold.service, hold.billed_ms, hold.price_micros_per_minute)
