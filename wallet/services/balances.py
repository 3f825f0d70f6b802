"""What an account has: read, never written."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import ApiKey, User
from wallet.exceptions import InsufficientBalance, SpendingFrozen
from wallet.models import Spending, Wallet
from wallet.services import budgets


@dataclass(frozen=True, kw_only=True)
class Balance:
    """An account's money at one moment, in micro-dollars."""

    posted_micros: int = 0
    held_micros: int = 0
    debt_micros: int = 0
    """Owed for payments that went back after they were spent: the next credit pays it."""
    is_frozen: bool = False
    """Nothing is spent while a payment is disputed."""
    spent_micros: int = 0
    """Everything settled so far."""

    @property
    def available_micros(self) -> int:
        return self.posted_micros - self.held_micros

    @property
    def credited_micros(self) -> int:
        """Everything that came in, less what adjustments took back: posted plus spent."""
        return self.posted_micros + self.spent_micros


def balance(user: User) -> Balance:
    """What the account has, read in one statement. All zeros before its first credit.

    What was spent is the sum of its days, each of them a row of its budget, and not of its
    settlements: those of a busy account are a million.
    """
    days = Spending.objects.filter(user=OuterRef("pk"), api_key=None)
    spent = days.order_by().values("user").annotate(total=Sum("spent_micros"))
    row = (
        Wallet.objects.filter(pk=user.pk)
        .annotate(spent=Coalesce(Subquery(spent.values("total")), 0))
        .values("posted_micros", "held_micros", "debt_micros", "is_frozen", "spent")
        .first()
    )
    if row is None:
        return Balance()
    return Balance(
        posted_micros=row["posted_micros"],
        held_micros=row["held_micros"],
        debt_micros=row["debt_micros"],
        is_frozen=row["is_frozen"],
        spent_micros=row["spent"],
    )


def available(user: User) -> int:
    """Micro-dollars neither spent nor held: one row read."""
    wallet = Wallet.objects.filter(pk=user.pk).first()
    return wallet.available_micros if wallet else 0


def require_available(user: User, amount_micros: int) -> None:
    """Raises SpendingFrozen, or InsufficientBalance when so much may not be spent now."""
    wallet = Wallet.objects.filter(pk=user.pk).first() or Wallet(user=user)
    if wallet.is_frozen:
        raise SpendingFrozen
    if wallet.debt_micros or wallet.available_micros < amount_micros:
        raise InsufficientBalance(
            required_micros=amount_micros,
            available_micros=wallet.available_micros,
            debt_micros=wallet.debt_micros,
        )


def require_funds(user: User, api_key: ApiKey | None, amount_micros: int = 1) -> None:
    """Refuse an account that cannot spend so much, before any work is done for it.

    Raises SpendingFrozen, InsufficientBalance or BudgetExceeded.
    """
    require_available(user, amount_micros)
    budgets.require_room(user, api_key, amount_micros)
