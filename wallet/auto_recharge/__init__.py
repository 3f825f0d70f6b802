"""The customer's standing order: charge my card when my balance falls below so much.

A charge has its row before Stripe hears of it, so that a process that dies in between leaves the
row to the next, who asks again under the same key. What is charged is credited by the webhook,
as every payment is, or by the reconciler; never here.
"""

from wallet.auto_recharge.charging import due, may_ask_again, paused_until, run_due
from wallet.auto_recharge.orders import (
    InvalidAutoRecharge,
    card_removed,
    card_saved,
    configure,
)
from wallet.auto_recharge.outcomes import AUTHENTICATION_REQUIRED, completed, payment_failed

__all__ = [
    "AUTHENTICATION_REQUIRED",
    "InvalidAutoRecharge",
    "card_removed",
    "card_saved",
    "completed",
    "configure",
    "due",
    "may_ask_again",
    "paused_until",
    "payment_failed",
    "run_due",
]
