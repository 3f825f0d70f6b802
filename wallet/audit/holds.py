"""Does each hold agree with itself and with the entry that settles it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from accounts.models import User
from audiopod.common import money
from wallet.audit.breach import Breach
from wallet.audit.entries import entries_of
from wallet.models import Hold, HoldQuerySet, JournalEntry, Posting

SWEEPS_OF_GRACE = 6
"""An overdue hold is a breach once the sweeper has had this many turns at it."""


def _holds(user: User | None) -> HoldQuerySet:
    return Hold.objects.all() if user is None else Hold.objects.for_user(user)


def holds_are_consistent(user: User | None) -> Iterator[Breach]:
    """A hold costs at most itself, something exactly when settled, and closes exactly once."""
    settled = Q(state=Hold.State.SETTLED, settled_micros__range=(1, F("amount_micros")))
    unpaid = Q(state__in=[Hold.State.OPEN, Hold.State.RELEASED, Hold.State.EXPIRED])
    closed = Q(state=Hold.State.OPEN, closed_at=None) | ~Q(
        Q(state=Hold.State.OPEN) | Q(closed_at=None)
    )
    consistent = (settled | (unpaid & Q(settled_micros=0))) & closed & Q(amount_micros__gt=0)
    for hold in _holds(user).exclude(consistent):
        detail = (
            f"{hold.state}, settled {hold.settled_micros} of {hold.amount_micros},"
            f" closed at {hold.closed_at}"
        )
        yield Breach("hold-state", f"hold {hold.pk} of job {hold.job_id}", detail)


def holds_have_their_entry(user: User | None) -> Iterator[Breach]:
    """A settled hold has one entry, and no other hold has any."""
    holds = _holds(user).select_related("journal_entry")
    for hold in holds.filter(state=Hold.State.SETTLED, journal_entry=None):
        detail = f"settled {hold.settled_micros} without a journal entry"
        yield Breach("hold-entry", f"hold {hold.pk} of job {hold.job_id}", detail)
    for hold in holds.exclude(state=Hold.State.SETTLED).exclude(journal_entry=None):
        detail = f"{hold.state}, yet entry {hold.journal_entry.pk} settles it"
        yield Breach("hold-entry", f"hold {hold.pk} of job {hold.job_id}", detail)


def settlements_match_their_hold(user: User | None) -> Iterator[Breach]:
    """A settlement moves exactly what its hold settled, from its account to revenue."""
    settlement = Q(kind=JournalEntry.Kind.SETTLEMENT)
    for entry in entries_of(user).filter(settlement, hold=None):
        yield Breach("settlement-hold", f"entry {entry.pk}", "a settlement of no hold")
    from_customer = Q(postings__account=Posting.Account.CUSTOMER, postings__user=F("hold__user"))
    to_revenue = Q(postings__account=Posting.Account.REVENUE)
    wrong = (
        entries_of(user)
        .filter(hold__isnull=False)
        .annotate(
            paid=Coalesce(Sum("postings__amount_micros", filter=from_customer), 0),
            earned=Coalesce(Sum("postings__amount_micros", filter=to_revenue), 0),
            settled=F("hold__settled_micros"),
        )
        .exclude(settlement, paid=-F("settled"), earned=F("settled"))
    )
    for entry in wrong:
        detail = (
            f"{entry.kind} of hold {entry.hold_id}, settled {entry.settled}:"
            f" customer {entry.paid}, revenue {entry.earned}"
        )
        yield Breach("settlement-amount", f"entry {entry.pk}", detail)


def holds_cost_their_units(user: User | None) -> Iterator[Breach]:
    """What was billed, times its price, is the cost: rounded up once, and at most the hold."""
    price, minutes = F("price_micros_per_minute"), F("billed_ms") / money.MS_PER_MINUTE
    rest = F("billed_ms") % money.MS_PER_MINUTE
    # by whole minutes and the rest, since the product of both may be too large for a bigint
    up = (rest * price + money.MS_PER_MINUTE - 1) / money.MS_PER_MINUTE
    told = _holds(user).filter(billed_ms__isnull=False, price_micros_per_minute__isnull=False)
    cost = Least(minutes * price + up, F("amount_micros"), output_field=BigIntegerField())
    wrong: QuerySet[Any] = told.annotate(due=cost).exclude(settled_micros=F("due"))
    for hold in wrong:
        detail = (
            f"settled {hold.settled_micros} of {hold.amount_micros} for {hold.billed_ms} ms"
            f" at {hold.price_micros_per_minute} a minute, which are {hold.due}"
        )
        yield Breach("hold-units", f"hold {hold.pk} of job {hold.job_id}", detail)


def holds_end_in_time(user: User | None) -> Iterator[Breach]:
    """No hold stays open past its expiry and the sweeper's next turns."""
    grace = timedelta(seconds=SWEEPS_OF_GRACE * settings.SWEEP_SECONDS)
    for hold in _holds(user).overdue(timezone.now() - grace):
        detail = f"open, expired at {hold.expires_at:%Y-%m-%d %H:%M:%S}: does the sweeper run?"
        yield Breach("hold-overdue", f"hold {hold.pk} of job {hold.job_id}", detail)
