"""The only writer of balances: hold, settle, release, expire, credit, refund, dispute.

Every function is one database transaction, or a part of its caller's, and talks to nothing else
meanwhile. Rows are locked in one order everywhere: the hold or the top-up, then the wallet, then
the budgets. Each step is a conditional UPDATE whose row count says which caller won, or happens
under the lock of the wallet.
"""

from wallet.exceptions import (
    BudgetExceeded,
    HoldClosed,
    HoldConflict,
    IdempotencyConflict,
    InsufficientBalance,
    PaymentConflict,
    PromoRefused,
    SpendingFrozen,
)
from wallet.services.balances import Balance, available, balance, require_funds
from wallet.services.credit import adjust, grant
from wallet.services.history import PastCharge, PastGrant, write_history
from wallet.services.holds import expire, extend, hold, lower, overdue, release, settle
from wallet.services.ledger import MAX_AMOUNT_MICROS
from wallet.services.payments import (
    book_refund,
    complete_topup,
    mark_topup,
    note_dispute,
    reinstate_dispute,
    withdraw_dispute,
)
from wallet.services.promo import redeem

__all__ = [
    "MAX_AMOUNT_MICROS",
    "Balance",
    "BudgetExceeded",
    "HoldClosed",
    "HoldConflict",
    "IdempotencyConflict",
    "InsufficientBalance",
    "PastCharge",
    "PastGrant",
    "PaymentConflict",
    "PromoRefused",
    "SpendingFrozen",
    "adjust",
    "available",
    "balance",
    "book_refund",
    "complete_topup",
    "expire",
    "extend",
    "grant",
    "hold",
    "lower",
    "mark_topup",
    "note_dispute",
    "overdue",
    "redeem",
    "reinstate_dispute",
    "release",
    "require_funds",
    "settle",
    "withdraw_dispute",
    "write_history",
]
