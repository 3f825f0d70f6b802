"""The only writer of balances: hold, settle, release, expire, grant, adjust.

Every function is one database transaction, or a part of its caller's, and talks to nothing else
meanwhile. Rows are locked in one order everywhere: the hold, then the wallet. Each step is a
conditional UPDATE whose row count tells who won, so no balance is read before it is changed.
"""

from wallet.exceptions import HoldClosed, HoldConflict, IdempotencyConflict, InsufficientBalance
from wallet.services.balances import Balance, available, balance
from wallet.services.credit import adjust, grant
from wallet.services.holds import expire, extend, hold, overdue, release, settle
from wallet.services.ledger import MAX_AMOUNT_MICROS

__all__ = [
    "MAX_AMOUNT_MICROS",
    "Balance",
    "HoldClosed",
    "HoldConflict",
    "IdempotencyConflict",
    "InsufficientBalance",
    "adjust",
    "available",
    "balance",
    "expire",
    "extend",
    "grant",
    "hold",
    "overdue",
    "release",
    "settle",
]
