"""What you have. Only `wallet.services` writes these tables, except for `Rate` and `PromoCode`.

Amounts are integer micro-dollars (`_micros`), or whole cents where Stripe counts so (`_cents`).
"""

from wallet.models.budgets import TOTAL, Spending, SpendingQuerySet
from wallet.models.ledger import Hold, HoldQuerySet, JournalEntry, Posting, Wallet
from wallet.models.payments import (
    AutoRecharge,
    Dispute,
    Refund,
    StripeCustomer,
    StripeEvent,
    Topup,
    TopupQuerySet,
)
from wallet.models.promo import PromoCode, PromoRedemption
from wallet.models.rates import Rate, RateQuerySet

__all__ = [
    "TOTAL",
    "AutoRecharge",
    "Dispute",
    "Hold",
    "HoldQuerySet",
    "JournalEntry",
    "Posting",
    "PromoCode",
    "PromoRedemption",
    "Rate",
    "RateQuerySet",
    "Refund",
    "Spending",
    "SpendingQuerySet",
    "StripeCustomer",
    "StripeEvent",
    "Topup",
    "TopupQuerySet",
    "Wallet",
]
