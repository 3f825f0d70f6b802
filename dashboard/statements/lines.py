"""A month line by line, as CSV."""

from __future__ import annotations

import csv
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import IO, NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from audio_api.models import Job
from audiopod.common.months import Month
from audiopod.common.snapshots import snapshot
from dashboard.statements.span import DoesNotAddUp, PostingSpan, span_of
from wallet import offers
from wallet.journal.csv_rows import COLUMNS, CsvRow
from wallet.models import Posting

LINES_AT_A_TIME = 500


class StatementLine(NamedTuple):
    """A posting with what its line shows; `_PATHS` has the paths from `Posting`."""

    number: int | None
    amount_micros: int
    balance_after: int | None
    entry: int
    kind: str
    reason: str
    request: str
    at: datetime
    job: uuid.UUID | None
    key: str | None
    service: str | None
    billed_ms: int | None
    price_micros: int | None


_PATHS = (
    "wallet_seq",
    "amount_micros",
    "posted_after",
    "entry",
    "entry__kind",
    "entry__reason",
    "entry__request_id",
    "entry__created_at",
    "entry__hold__job_id",
    "entry__hold__api_key__name",
    "entry__hold__service",
    "entry__hold__billed_ms",
    "entry__hold__price_micros_per_minute",
)


def write_csv(user: User, month: Month, file: IO[str]) -> int:
    """Write every line of a month, the oldest first, and return how many there are.

    Columns are `COLUMNS`; amounts are dollars with six decimals. What moved only the debt has an
    amount of zero. Raises NoStatement, and DoesNotAddUp after having written a part: write to a
    file that is thrown away then. A few hundred lines are in memory at a time.
    """
    with snapshot():
        span = span_of(user, month)
        table = csv.writer(file)
        table.writerow(COLUMNS)
        count = 0
        for lines in _in_parts(_lines(span)):
            voices = _voices(lines)
            table.writerows(_row(line, debt, voices) for line, debt in lines)
            count += len(lines)
    return count


def _lines(span: PostingSpan) -> Iterator[tuple[StatementLine, int]]:
    """The lines in order, each with what it changed the debt by, once they are seen to chain."""
    debts = {owed.entry: owed for owed in _read(span.debts)}
    alone = deque(debts[entry] for entry in sorted(debts.keys() - _with_posting(span, debts)))
    balance = span.opening_micros
    for line in _read(span.postings):
        while alone and alone[0].entry < line.entry:
            yield _of_debt_alone(alone.popleft(), balance)
        debt = -debts[line.entry].amount_micros if line.entry in debts else 0
        balance += line.amount_micros
        if balance != line.balance_after:
            raise DoesNotAddUp(
                span, f"posting {line.number} leaves {line.balance_after}, not {balance}"
            )
        yield line, debt
    yield from (_of_debt_alone(owed, balance) for owed in alone)
    if balance != span.closing_micros:
        raise DoesNotAddUp(span, f"its lines end at {balance}, not {span.closing_micros}")


def _with_posting(span: PostingSpan, debts: Iterable[int]) -> set[int]:
    """Those of the entries that moved the balance too. The order of entries and that of the
    balance differ where two of one account were booked at once."""
    entries, found = sorted(debts), set[int]()
    for start in range(0, len(entries), LINES_AT_A_TIME):
        some = span.postings.filter(entry__in=entries[start : start + LINES_AT_A_TIME])
        found.update(some.values_list("entry", flat=True))
    return found


def _read(postings: QuerySet[Posting]) -> Iterator[StatementLine]:
    rows = postings.values_list(*_PATHS)
    return (StatementLine(*row) for row in rows.iterator(chunk_size=LINES_AT_A_TIME))


def _of_debt_alone(owed: StatementLine, balance: int) -> tuple[StatementLine, int]:
    return owed._replace(amount_micros=0, balance_after=balance), -owed.amount_micros


def _in_parts(
    lines: Iterable[tuple[StatementLine, int]],
) -> Iterator[list[tuple[StatementLine, int]]]:
    rest = iter(lines)
    while part := list(islice(rest, LINES_AT_A_TIME)):
        yield part


def _voices(lines: list[tuple[StatementLine, int]]) -> dict[uuid.UUID, str]:
    """The names of the voices that spoke, by job."""
    jobs = Job.objects.filter(pk__in=[line.job for line, _ in lines if line.job])
    return dict(jobs.exclude(voice_name="").order_by().values_list("pk", "voice_name"))


def _row(line: StatementLine, debt_micros: int, voices: dict[uuid.UUID, str]) -> list[str]:
    row = CsvRow(
        at=line.at,
        entry=line.entry,
        kind=line.kind,
        description=_description(line, voices),
        billed_ms=line.billed_ms,
        price_micros_per_minute=line.price_micros,
        job=line.job,
        request_id=line.request,
        key=line.key or "",
        amount_micros=line.amount_micros,
        balance_after_micros=line.balance_after,
        debt_change_micros=debt_micros,
    )
    return row.cells()


def _description(line: StatementLine, voices: dict[uuid.UUID, str]) -> str:
    if not line.service:
        return line.reason
    made = str(offers.charged_as(line.service))
    voice = voices.get(line.job) if line.job else None
    return f"{made}, {voice}" if voice else made
