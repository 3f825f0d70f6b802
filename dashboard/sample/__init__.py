"""An account to look at: months of usage that never happened, in a ledger that adds up."""

from dashboard.sample.account import AccountExists, Sample, make

__all__ = ["AccountExists", "Sample", "make"]
