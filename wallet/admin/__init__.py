"""Money in the admin: everything to read; credit, prices, codes and refunds to give."""

from accounts.admin.read_only import ReadOnly
from wallet.admin import holds, payments, promo_codes, rates, wallets
from wallet.admin.ledger import OF_ACCOUNT

__all__ = ["OF_ACCOUNT", "ReadOnly", "holds", "payments", "promo_codes", "rates", "wallets"]
