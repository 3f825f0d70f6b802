"""Does the ledger explain every balance? Reads all of it and changes nothing.

An upper layer adds checks of its own by appending to `CHECKS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from audiopod.common.snapshots import snapshot
from wallet.audit import budgets, entries, holds, payments
from wallet.audit.breach import Breach, Check
from wallet.models import Hold, Posting, Wallet

__all__ = ["CHECKS", "AuditReport", "Breach", "Check", "audit"]


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    breaches: list[Breach]
    wallets: int
    entries: int
    postings: int
    open_holds: int
    posted_micros: int
    held_micros: int


def audit(user: User | None = None) -> AuditReport:
    """Run every check on one snapshot of the database, of one account or of all.

    On PostgreSQL and SQLite alike writers go on meanwhile. Inside a transaction the caller's
    own view is what is checked.
    """
    with snapshot():
        mine = Q() if user is None else Q(user=user)
        wallets, postings = Wallet.objects.filter(mine), Posting.objects.filter(mine)
        totals = wallets.aggregate(
            posted=Coalesce(Sum("posted_micros"), 0), held=Coalesce(Sum("held_micros"), 0)
        )
        return AuditReport(
            breaches=[breach for check in CHECKS for breach in check(user)],
            wallets=wallets.count(),
            entries=entries.entries_of(user).count(),
            postings=postings.count(),
            open_holds=Hold.objects.open().filter(mine).count(),
            posted_micros=totals["posted"],
            held_micros=totals["held"],
        )


CHECKS: list[Check] = [
    entries.entries_balance,
    entries.ledger_balances,
    entries.wallets_are_explained,
    entries.postings_run_on,
    holds.holds_are_consistent,
    holds.holds_have_their_entry,
    holds.settlements_match_their_hold,
    holds.holds_cost_their_units,
    holds.holds_end_in_time,
    budgets.spendings_are_explained,
    payments.topups_are_booked_once,
    payments.refunds_match_the_ledger,
    payments.disputes_match_the_ledger,
    payments.what_is_gone_was_given,
    payments.wallets_are_frozen_by_disputes,
    payments.promos_are_booked_once,
    entries.ledger_is_guarded,
]
