"""The legs of a journal entry, and the amounts that may move."""

from __future__ import annotations

from accounts.models import User
from audiopod.common import money
from wallet.models import JournalEntry, Posting, Wallet

MAX_AMOUNT_MICROS = 1_000_000_000 * money.MICROS_PER_USD
"""A billion dollars: nine thousand of these fit in a bigint balance."""


def require_amount(amount_micros: int) -> None:
    if not 0 < amount_micros <= MAX_AMOUNT_MICROS:
        raise ValueError(
            f"An amount lies between 1 and {MAX_AMOUNT_MICROS} micro-dollars,"
            f" and this is {amount_micros}."
        )


def post(entry: JournalEntry, *, user: User, amount_micros: int, against: str) -> None:
    """The two legs of an entry, after its wallet changed: our lock on the row keeps seq ours."""
    wallet = Wallet.objects.get(pk=user.pk)
    Posting.objects.bulk_create(
        [
            Posting(
                entry=entry,
                number=1,
                account=Posting.Account.CUSTOMER,
                user=user,
                amount_micros=amount_micros,
                wallet_seq=wallet.seq,
                posted_after=wallet.posted_micros,
            ),
            Posting(entry=entry, number=2, account=against, amount_micros=-amount_micros),
        ]
    )
