"""How the wallet's endpoints write money: whole cents, and dollars as text made of them."""

from __future__ import annotations

from audiopod.common import money


def cents_and_usd(name: str, cents: int) -> dict[str, int | str]:
    """`{"balance_cents": 2500, "balance_usd": "$25.00"}`"""
    return {f"{name}_cents": cents, f"{name}_usd": money.usd_plain(cents * money.MICROS_PER_CENT)}


def plain_number(value: float) -> int | float:
    """5 for 5.0: whole numbers are written without a point."""
    return int(value) if value == int(value) else value
