"""The newest movements of an account's money, for its wallet page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from wallet.models import Dispute, JournalEntry, Posting, Topup
from wallet.services.payments import DISPUTE_IS_OVER

LINES, TOPUPS = 50, 10
PAID = (Topup.Status.COMPLETED, Topup.Status.PROCESSING)
"""Or on its way."""


@dataclass(frozen=True, slots=True)
class Line:
    """A journal entry, as its customer sees it."""

    entry: JournalEntry
    amount_micros: int = 0
    balance_after_micros: int | None = None
    debt_change_micros: int = 0
    """What more is owed; negative when a debt was paid."""
    is_auto_recharge: bool = False

    @property
    def debt_paid_micros(self) -> int:
        return -self.debt_change_micros


def lines(user: User) -> list[Line]:
    """The newest entries of an account. Costs as much for a million of them as for a few."""
    moved = list(_legs(user).filter(wallet_seq__gt=0).order_by("-wallet_seq")[:LINES])
    oldest = min((leg.entry_id for leg in moved), default=0)
    owed = _legs(user).filter(account=Posting.Account.RECEIVABLE, entry_id__gte=oldest)
    debts = {leg.entry_id: leg for leg in owed.order_by("-entry_id")[:LINES]}
    automatic = _auto_recharges(moved)
    found = [_line(leg, debts.pop(leg.entry_id, None), automatic) for leg in moved]
    found += [Line(leg.entry, debt_change_micros=-leg.amount_micros) for leg in debts.values()]
    found.sort(key=lambda line: line.entry.pk, reverse=True)
    return found[:LINES]


def _legs(user: User) -> QuerySet[Posting]:
    return Posting.objects.filter(user=user).select_related("entry__hold__api_key")


def _auto_recharges(legs: list[Posting]) -> set[int]:
    """Those of their entries that credited a charge of the standing order."""
    entries = {
        leg.entry.idempotency_key.removeprefix("pi:"): leg.entry_id
        for leg in legs
        if leg.entry.kind == JournalEntry.Kind.TOPUP
    }
    charges = Topup.objects.filter(kind=Topup.Kind.AUTO, payment_intent_id__in=entries)
    paid = charges.values_list("payment_intent_id", flat=True)
    return {entries[payment] for payment in paid if payment} if entries else set()


def _line(leg: Posting, debt: Posting | None, automatic: set[int]) -> Line:
    return Line(
        leg.entry,
        amount_micros=leg.amount_micros,
        balance_after_micros=leg.posted_after,
        debt_change_micros=-debt.amount_micros if debt else 0,
        is_auto_recharge=leg.entry_id in automatic,
    )


def topups(user: User) -> tuple[list[Topup], list[Topup]]:
    """The newest that were paid or can be, and the newest attempts that were not, apart.

    However many attempts come to nothing, none of them takes the place of a payment.
    """
    attempts = list(unpaid_topups(user)[:TOPUPS])
    payable = [topup for topup in attempts if topup.status == Topup.Status.OPEN]
    shown = [*paid_topups(user)[:TOPUPS], *payable]
    shown.sort(key=lambda topup: topup.created_at, reverse=True)
    return shown, [topup for topup in attempts if topup not in payable]


def paid_topups(user: User) -> QuerySet[Topup]:
    """With what is on its way, the newest first."""
    return with_disputes(Topup.objects.for_user(user).filter(status__in=PAID))


def with_disputes(topups: QuerySet[Topup]) -> QuerySet[Topup]:
    """Each with whether it `is_disputed`, whether it `is_lost` to a dispute, and the
    `withdrawn_micros` that its disputes have taken and not given back."""
    disputes = Dispute.objects.filter(topup=OuterRef("pk")).order_by()
    is_over = Q(status__in=DISPUTE_IS_OVER) | Q(status__startswith="warning_")
    withdrawn = disputes.values("topup").annotate(total=Sum("withdrawn_micros"))
    return topups.annotate(
        is_disputed=Exists(disputes.exclude(is_over)),
        is_lost=Exists(disputes.filter(status="lost")),
        withdrawn_micros=Coalesce(Subquery(withdrawn.values("total")), 0),
    )


def unpaid_topups(user: User) -> QuerySet[Topup]:
    """Attempts that Stripe was asked for and that were not paid, the newest first."""
    return Topup.objects.for_user(user).exclude(status__in=[*PAID, Topup.Status.CREATED])


def set_aside_micros(user: User) -> int:
    """What the disputes that pause the spending of an account have taken from its wallet."""
    freezing = Dispute.objects.filter(topup__user=user, is_freezing=True)
    return freezing.aggregate(total=Sum("withdrawn_micros"))["total"] or 0
