"""The newest movements of an account's money, for its wallet page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from wallet.models import JournalEntry, Posting, Topup

LINES, TOPUPS = 50, 10


@dataclass(frozen=True, slots=True)
class Line:
    """A journal entry, as its customer sees it."""

    entry: JournalEntry
    amount_micros: int = 0
    balance_after_micros: int | None = None
    debt_change_micros: int = 0
    """What more is owed; negative when a debt was paid."""

    @property
    def debt_paid_micros(self) -> int:
        return -self.debt_change_micros


def lines(user: User) -> list[Line]:
    """The newest entries of an account. Costs as much for a million of them as for a few."""
    moved = list(_legs(user).filter(wallet_seq__gt=0).order_by("-wallet_seq")[:LINES])
    oldest = min((leg.entry_id for leg in moved), default=0)
    owed = _legs(user).filter(account=Posting.Account.RECEIVABLE, entry_id__gte=oldest)
    debts = {leg.entry_id: leg for leg in owed.order_by("-entry_id")[:LINES]}
    found = [_line(leg, debts.pop(leg.entry_id, None)) for leg in moved]
    found += [Line(leg.entry, debt_change_micros=-leg.amount_micros) for leg in debts.values()]
    found.sort(key=lambda line: line.entry.pk, reverse=True)
    return found[:LINES]


def _legs(user: User) -> QuerySet[Posting]:
    return Posting.objects.filter(user=user).select_related("entry__hold__api_key")


def _line(leg: Posting, debt: Posting | None) -> Line:
    return Line(
        leg.entry,
        amount_micros=leg.amount_micros,
        balance_after_micros=leg.posted_after,
        debt_change_micros=-debt.amount_micros if debt else 0,
    )


def topups(user: User) -> QuerySet[Topup]:
    """The newest attempts to pay that Stripe was asked for."""
    return Topup.objects.for_user(user).exclude(status=Topup.Status.CREATED)[:TOPUPS]
