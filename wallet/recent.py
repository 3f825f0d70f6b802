"""An account's payments, for its wallet page."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from wallet.models import Dispute, Topup
from wallet.services.payments import DISPUTE_IS_OVER

TOPUPS = 10
PAID = (Topup.Status.COMPLETED, Topup.Status.PROCESSING)
"""Or on its way."""


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
