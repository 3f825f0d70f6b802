"""Which lines of the ledger belong to the statement of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from audiopod.common.months import Month
from wallet.models import Posting, Wallet


class NoStatement(LookupError):
    """The month has not begun, or was over before the account was made."""


class DoesNotAddUp(Exception):
    """The ledger does not explain the balance: a statement cannot be printed, an audit is due."""

    def __init__(self, span: PostingSpan, what: str) -> None:
        super().__init__(
            f"The statement of account {span.user.pk} for {span.month} does not add up: {what}."
            " Run `manage.py audit_ledger`."
        )


@dataclass(frozen=True, kw_only=True)
class PostingSpan:
    """The postings of a wallet with numbers from `first` to `last`.

    A month ends with the last posting that was booked in it, and the next one goes on from there:
    whatever the clocks of several processes say, each posting is on one statement, and balances
    carry over.
    """

    user: User
    month: Month
    is_to_date: bool
    """The month is not over."""
    first: int
    last: int
    opening_micros: int
    closing_micros: int

    @property
    def postings(self) -> QuerySet[Posting]:
        """What moved the balance, in the order in which it did."""
        numbers = (self.first, self.last)
        mine = Posting.objects.filter(user=self.user, wallet_seq__range=numbers)
        return mine.order_by("wallet_seq")

    @property
    def debts(self) -> QuerySet[Posting]:
        """What moved the debt. A debt that is paid has a positive amount."""
        return self.debts_before(self.month.end).filter(entry__created_at__gte=self.month.start)

    def debts_before(self, moment: datetime) -> QuerySet[Posting]:
        mine = Posting.objects.filter(user=self.user, account=Posting.Account.RECEIVABLE)
        return mine.filter(entry__created_at__lt=moment).order_by("entry", "number")


def span_of(user: User, month: Month) -> PostingSpan:
    """The span of a statement. Call it, and read what it gives, in one `snapshot()`.

    Raises NoStatement, and DoesNotAddUp when the balance to date is not that of the wallet.
    """
    now = timezone.now()
    if month.start > now or month.end <= user.date_joined:
        raise NoStatement(f"Account {user.pk} has no statement for {month}.")
    before, opening = _last_before(user, month.start)
    last, closing = _last_before(user, month.end)
    span = PostingSpan(
        user=user,
        month=month,
        is_to_date=month.end > now,
        first=before + 1,
        last=last,
        opening_micros=opening,
        closing_micros=closing,
    )
    if span.is_to_date:
        _require_wallet_agrees(span)
    return span


def _last_before(user: User, moment: datetime) -> tuple[int, int]:
    """Number and balance of the last posting before a moment; zeros when there is none."""
    booked = Posting.objects.filter(user=user, account=Posting.Account.CUSTOMER)
    last = booked.filter(entry__created_at__lt=moment).order_by("-wallet_seq").first()
    return ((last.wallet_seq or 0), (last.posted_after or 0)) if last else (0, 0)


def _require_wallet_agrees(span: PostingSpan) -> None:
    wallet = Wallet.objects.filter(pk=span.user.pk).first() or Wallet(user=span.user)
    if (wallet.seq, wallet.posted_micros) != (span.last, span.closing_micros):
        raise DoesNotAddUp(
            span,
            f"posting {span.last} leaves {span.closing_micros} micro-dollars, and the wallet has"
            f" {wallet.posted_micros} after posting {wallet.seq}",
        )
