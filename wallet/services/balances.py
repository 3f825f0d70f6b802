"""What an account has: read, never written."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from wallet.models import JournalEntry, Posting, Wallet


@dataclass(frozen=True, kw_only=True)
class Balance:
    """An account's money at one moment, in micro-dollars."""

    posted_micros: int = 0
    held_micros: int = 0
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
    """What the account has, read in one statement. All zeros before its first credit."""
    settlements = Posting.objects.filter(
        user=OuterRef("pk"),
        account=Posting.Account.CUSTOMER,
        entry__kind=JournalEntry.Kind.SETTLEMENT,
    )
    settled = settlements.order_by().values("user").annotate(total=Sum("amount_micros"))
    row = (
        Wallet.objects.filter(pk=user.pk)
        .annotate(settled=Coalesce(Subquery(settled.values("total")), 0))
        .values_list("posted_micros", "held_micros", "settled")
        .first()
    )
    if row is None:
        return Balance()
    return Balance(posted_micros=row[0], held_micros=row[1], spent_micros=-row[2])


def available(user: User) -> int:
    """Micro-dollars neither spent nor held: one row read, where `balance` sums the past."""
    wallet = Wallet.objects.filter(pk=user.pk).first()
    return wallet.available_micros if wallet else 0
