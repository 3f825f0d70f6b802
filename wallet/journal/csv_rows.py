"""A line of the ledger as CSV, in the ledger's own export and in statements."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from audiopod.common.spreadsheets import harmless, plain_usd, seconds

COLUMNS = [
    "time_utc",
    "entry",
    "kind",
    "description",
    "seconds",
    "usd_per_minute",
    "job",
    "request",
    "key",
    "amount_usd",
    "balance_after_usd",
    "debt_change_usd",
]


class CsvRow(NamedTuple):
    """What stands under `COLUMNS`. Amounts become dollars with six decimals; None is left empty,
    and so is a debt that did not change."""

    at: datetime
    entry: int
    kind: str
    description: str
    billed_ms: int | None
    price_micros_per_minute: int | None
    job: uuid.UUID | None
    request_id: str
    key: str
    amount_micros: int
    balance_after_micros: int | None
    debt_change_micros: int

    def cells(self) -> list[str]:
        rate, after = self.price_micros_per_minute, self.balance_after_micros
        return [
            f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            str(self.entry),
            self.kind,
            harmless(self.description),
            "" if self.billed_ms is None else seconds(self.billed_ms),
            "" if rate is None else plain_usd(rate),
            str(self.job or ""),
            harmless(self.request_id),
            harmless(self.key),
            plain_usd(self.amount_micros),
            "" if after is None else plain_usd(after),
            plain_usd(self.debt_change_micros) if self.debt_change_micros else "",
        ]
