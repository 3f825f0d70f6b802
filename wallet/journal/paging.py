"""Finding lines: in as many steps for a ledger of a million as for one of a few.

The postings of a wallet are numbered without gaps (`wallet_seq`). So a page goes on from a number,
a search ends after so many of them, and a day is found by halving.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from wallet.journal.filters import LedgerFilters
from wallet.journal.lines import LedgerLine, debts_alone, lines_of, moves
from wallet.models import Posting, Wallet

LINES_A_PAGE = 50
SEARCHED_A_PAGE = 20_000
"""How many postings a page looks at, at most, for those that are asked for."""
CLOCKS_DIFFER = 100
"""Of so many postings in a row a later one may bear an earlier time: several processes book."""
ALONE_A_PAGE = 500
"""Lines that moved only the debt, between two that moved the balance: there are hardly any."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Lines, the newest first. `before` names the page that goes on from here, if there is one."""

    lines: list[LedgerLine]
    before: int | None
    is_cut: bool = False
    """The search ended before there were lines enough: what is asked for may lie further back."""


def page(asked: LedgerFilters, *, before: int | None = None) -> LedgerPage:
    """The newest lines that are asked for, of those before a number."""
    first, last = span_of(asked)
    top = last + 1 if before is None else min(before, last + 1)
    bottom = max(first, top - SEARCHED_A_PAGE)
    found = list(
        asked.among(moves(asked.user))
        .filter(wallet_seq__gte=bottom, wallet_seq__lt=top)
        .order_by("-wallet_seq")[: LINES_A_PAGE + 1]
    )
    is_full = len(found) > LINES_A_PAGE
    shown = found[:LINES_A_PAGE]
    goes_on = shown[-1].wallet_seq if is_full else bottom if bottom > first else None
    alone = alone_between(asked, goes_on, before).order_by("-entry_id")[:ALONE_A_PAGE]
    lines = lines_of(asked.user, shown, list(alone))
    return LedgerPage(lines, goes_on, is_cut=goes_on is not None and not is_full)


def span_of(asked: LedgerFilters) -> tuple[int, int]:
    """Numbers between which everything lies that is asked for, both counted."""
    wallet = Wallet.objects.filter(pk=asked.user.pk).first()
    first, last = 1, wallet.seq if wallet else 0
    if asked.until:
        last = min(last, _number_at(asked.user, asked.until, last) + CLOCKS_DIFFER)
    if asked.since:
        first = max(first, _number_at(asked.user, asked.since, last) - CLOCKS_DIFFER)
    return first, last


def _number_at(user: User, moment: datetime, count: int) -> int:
    """About the number of the first of `count` postings that is not before a moment."""
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        numbered = Posting.objects.filter(user=user, wallet_seq=middle)
        booked_at = numbered.values_list("entry__created_at", flat=True).first()
        if booked_at is not None and booked_at < moment:
            low = middle + 1
        else:
            high = middle
    return low


def alone_between(asked: LedgerFilters, low: int | None, high: int | None) -> QuerySet[Posting]:
    """What moved only the debt, booked between two numbered postings; None leaves an end open."""
    alone = asked.among(debts_alone(asked.user))
    if low is not None:
        alone = alone.filter(entry__gt=_entry_of(asked.user, low))
    if high is not None:
        alone = alone.filter(entry__lt=_entry_of(asked.user, high))
    return alone


def _entry_of(user: User, number: int) -> int:
    numbered = Posting.objects.filter(user=user, wallet_seq=number)
    return numbered.values_list("entry", flat=True).first() or 0
