"""Money is an integer count of micro-dollars: 1 USD = 1,000,000. There are no floats here."""

from __future__ import annotations

import re
from decimal import Decimal

MICROS_PER_USD = 1_000_000
MICROS_PER_CENT = 10_000
MS_PER_MINUTE = 60_000
_AMOUNT = re.compile(r"\$?(\d{1,3}(,\d{3})+|\d{1,15})(\.\d{1,12})?", re.ASCII)


def billed_ms(seconds: float) -> int:
    """Milliseconds of so much audio, a started one counted whole."""
    return -(-round(seconds * 1_000_000) // 1000)


def cost_micros(duration_ms: int, price_micros_per_minute: int) -> int:
    """The price of `duration_ms` of audio, rounded up once to a micro-dollar."""
    return -(-duration_ms * price_micros_per_minute // MS_PER_MINUTE)


def parse_usd(text: str) -> int:
    """Micro-dollars of an amount such as "5", "5.00", "$1,250" or "0.000001".

    Raises ValueError for anything else, for a negative amount and for more than six decimals.
    """
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not an amount in US dollars, such as 5.00.")
    amount = Decimal(text.strip().removeprefix("$").replace(",", ""))
    micros = amount * MICROS_PER_USD
    if micros != micros.to_integral_value():
        raise ValueError(f"{text!r} has more than six decimals.")
    return int(micros)


def whole_cents(micros: int) -> int:
    """Cents, rounded down: a balance is never shown larger than it is."""
    return micros // MICROS_PER_CENT


def cents_up(micros: int) -> int:
    """Cents, rounded up: a cost is never shown smaller than it is."""
    return -(-micros // MICROS_PER_CENT)


def usd(micros: int) -> str:
    """Dollars and cents, rounded down to the cent, to be read: "$25.00", "-$0.01", "$10,000.00"."""
    cents = whole_cents(micros)
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def usd_cents(cents: int) -> str:
    """Whole cents, as Stripe counts, to be read: "$25.00"."""
    return usd(cents * MICROS_PER_CENT)


def usd_plain(micros: int) -> str:
    """As `usd`, the way AudioPod's API writes it: "$10000.00"."""
    return usd(micros).replace(",", "")


def usd_exact(micros: int) -> str:
    """Dollars to the last micro-dollar, at least two decimals: "$0.003734", "$5.00"."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    whole, fraction = divmod(micros, MICROS_PER_USD)
    decimals = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{decimals}"
