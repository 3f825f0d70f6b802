"""The ledger as its customer reads it: line by line, filtered, page by page and as CSV."""

from wallet.journal.charges import Charge, charge_of
from wallet.journal.filters import Filters, LedgerForm
from wallet.journal.lines import Line, newest
from wallet.journal.paging import Page, page

__all__ = ["Charge", "Filters", "LedgerForm", "Line", "Page", "charge_of", "newest", "page"]
