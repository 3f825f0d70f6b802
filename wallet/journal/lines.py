"""Entries of the ledger as lines: what each moved, and the balance after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from wallet.journal.charges import Charge, charge_of
from wallet.models import JournalEntry, Posting, Topup

NEWEST = 20


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A journal entry, as its customer sees it."""

    entry: JournalEntry
    amount_micros: int = 0
    balance_after_micros: int | None = None
    """None for what moved only the debt."""
    debt_change_micros: int = 0
    """What more is owed; negative when a debt was paid."""
    is_auto_recharge: bool = False

    @property
    def debt_paid_micros(self) -> int:
        return -self.debt_change_micros

    @property
    def charge(self) -> Charge | None:
        """What a request made, at which rate; None where the hold of the entry does not say."""
        return charge_of(self.entry)


def newest(user: User) -> list[LedgerLine]:
    """The last `NEWEST` entries. Costs as much for a million of them as for a few."""
    moved = list(moves(user).order_by("-wallet_seq")[:NEWEST])
    oldest = min((leg.entry_id for leg in moved), default=0)
    alone = debts_alone(user).filter(entry__gte=oldest).order_by("-entry_id")[:NEWEST]
    return lines_of(user, moved, list(alone))[:NEWEST]


def moves(user: User) -> QuerySet[Posting]:
    """What moved the balance: one posting for each entry that did, numbered without gaps."""
    mine = Posting.objects.filter(user=user, wallet_seq__gt=0)
    return mine.select_related("entry__hold__api_key")


def debts(user: User) -> QuerySet[Posting]:
    """What moved the debt. A debt that is paid has a positive amount."""
    # not numbered: the index of the numbers finds these few among all postings
    mine = Posting.objects.filter(user=user, wallet_seq__isnull=True)
    return mine.filter(account=Posting.Account.RECEIVABLE).select_related("entry__hold__api_key")


def debts_alone(user: User) -> QuerySet[Posting]:
    """What moved the debt and left the balance as it was."""
    with_balance = Posting.objects.filter(entry=OuterRef("entry"), wallet_seq__gt=0)
    return debts(user).exclude(Exists(with_balance))


def lines_of(
    user: User, moved: list[Posting], alone: Iterable[Posting], *, oldest_first: bool = False
) -> list[LedgerLine]:
    """Lines in the order of `moved`, those of `alone` where their entries belong.

    Both are given the newest first, or both the oldest first.
    """
    entries = [leg.entry_id for leg in moved]
    owed = {leg.entry_id: leg.amount_micros for leg in debts(user).filter(entry__in=entries)}
    automatic = _auto_recharges(moved)
    rest = [LedgerLine(leg.entry, debt_change_micros=-leg.amount_micros) for leg in alone]
    lines: list[LedgerLine] = []
    for leg in moved:
        while rest and (rest[0].entry.pk < leg.entry_id) is oldest_first:
            lines.append(rest.pop(0))
        lines.append(
            LedgerLine(
                leg.entry,
                amount_micros=leg.amount_micros,
                balance_after_micros=leg.posted_after,
                debt_change_micros=-owed.get(leg.entry_id, 0),
                is_auto_recharge=leg.entry_id in automatic,
            )
        )
    return lines + rest


def _auto_recharges(legs: list[Posting]) -> set[int]:
    """Those of their entries that credited a charge of the standing order."""
    entries = {
        leg.entry.idempotency_key.removeprefix("pi:"): leg.entry_id
        for leg in legs
        if leg.entry.kind == JournalEntry.Kind.TOPUP
    }
    charges = Topup.objects.filter(kind=Topup.Kind.AUTO, payment_intent_id__in=entries)
    paid = charges.values_list("payment_intent_id", flat=True)
    return {entries[payment] for payment in paid if payment} if entries else set()
