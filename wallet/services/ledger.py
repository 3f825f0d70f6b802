"""The legs of a journal entry, and the amounts that may move."""

from __future__ import annotations

from audiopod.common import money
from audiopod.common.statements import insert
from wallet.models import JournalEntry, Posting

MAX_AMOUNT_MICROS = 1_000_000_000 * money.MICROS_PER_USD
"""A billion dollars: nine thousand of these fit in a bigint balance."""


def require_amount(amount_micros: int) -> None:
    if not 0 < amount_micros <= MAX_AMOUNT_MICROS:
        raise ValueError(
            f"An amount lies between 1 and {MAX_AMOUNT_MICROS} micro-dollars,"
            f" and this is {amount_micros}."
        )


def customer_leg(user_id: int, amount_micros: int, *, seq: int, posted_after: int) -> Posting:
    """What an account gets or gives, with its place in the wallet and the balance after it."""
    return Posting(
        account=Posting.Account.CUSTOMER,
        user_id=user_id,
        amount_micros=amount_micros,
        wallet_seq=seq,
        posted_after=posted_after,
    )


def debt_leg(user_id: int, amount_micros: int) -> Posting:
    """What an account pays back (positive) or comes to owe us (negative)."""
    return Posting(account=Posting.Account.RECEIVABLE, user_id=user_id, amount_micros=amount_micros)


def own_leg(account: str, amount_micros: int) -> Posting:
    """What one of our own accounts gets or gives."""
    return Posting(account=account, amount_micros=amount_micros)


def post(entry: JournalEntry, legs: list[Posting]) -> None:
    """Write the legs of an entry that move anything."""
    moving = [leg for leg in legs if leg.amount_micros]
    for number, leg in enumerate(moving, start=1):
        leg.entry, leg.number = entry, number
    if moving:
        insert(*moving)
