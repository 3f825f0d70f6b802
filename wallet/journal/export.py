"""The ledger as CSV, the oldest line first. It is sent while it is read, however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import translation

from wallet.journal.csv_rows import COLUMNS, CsvRow
from wallet.journal.filters import LedgerFilters
from wallet.journal.lines import LedgerLine, lines_of, moves
from wallet.journal.paging import alone_between, span_of

NUMBERS_AT_A_TIME = 1000


def csv_of(asked: LedgerFilters) -> AsyncIterator[bytes]:
    """Columns are `COLUMNS`; amounts are dollars with six decimals, words are the reader's.

    The end is what the wallet has when it begins. Some thousand lines are in memory at a time.
    """
    # asked now: the language of a request may be over before its answer is read
    return _parts(asked, translation.get_language() or settings.LANGUAGE_CODE)


async def _parts(asked: LedgerFilters, language: str) -> AsyncIterator[bytes]:
    yield _encoded([COLUMNS])
    first, last = await sync_to_async(span_of)(asked)
    for low in range(first, max(last, first) + 1, NUMBERS_AT_A_TIME):
        with translation.override(language):
            part = await sync_to_async(_part)(asked, low, first=first, last=last)
        yield part


def _part(asked: LedgerFilters, low: int, *, first: int, last: int) -> bytes:
    """The lines from one number on; those without one go to the part that they were booked in."""
    high = low + NUMBERS_AT_A_TIME
    moved = asked.among(moves(asked.user)).filter(wallet_seq__gte=low, wallet_seq__lt=high)
    ends = high if high <= last else None
    alone = alone_between(asked, low if low > first else None, ends).order_by("entry_id")
    up_to_now = moved.filter(wallet_seq__lte=last).order_by("wallet_seq")
    return _encoded(_rows(lines_of(asked.user, list(up_to_now), alone, oldest_first=True)))


def _encoded(rows: Iterator[list[str]] | list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _rows(lines: list[LedgerLine]) -> Iterator[list[str]]:
    for line in lines:
        entry, charge = line.entry, line.charge
        hold = entry.hold
        row = CsvRow(
            at=entry.created_at,
            entry=entry.pk,
            kind=entry.kind,
            description=str(charge.words) if charge else entry.reason,
            billed_ms=charge.billed_ms if charge else None,
            price_micros_per_minute=charge.price_micros_per_minute if charge else None,
            job=hold.job_id if hold else None,
            request_id=entry.request_id,
            key=hold.api_key.name if hold and hold.api_key else "",
            amount_micros=line.amount_micros,
            balance_after_micros=line.balance_after_micros,
            debt_change_micros=line.debt_change_micros,
        )
        yield row.cells()
