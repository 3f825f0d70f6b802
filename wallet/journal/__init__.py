"""The ledger as its customer reads it: line by line, filtered, page by page and as CSV."""

from wallet.journal.charges import Charge, charge_of
from wallet.journal.filters import LedgerFilters, LedgerForm
from wallet.journal.lines import LedgerLine, newest
from wallet.journal.paging import LedgerPage, page

__all__ = [
    "Charge",
    "LedgerFilters",
    "LedgerForm",
    "LedgerLine",
    "LedgerPage",
    "charge_of",
    "newest",
    "page",
]
