"""Does the ledger explain every balance? Reads all of it and changes nothing.

An upper layer adds checks of its own by appending to `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Expression, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from accounts.models import User
from wallet import triggers
from wallet.models import Hold, HoldQuerySet, JournalEntry, Posting, Wallet

SWEEPS_OF_GRACE = 6
"""An overdue hold is a breach once the sweeper has had this many turns at it."""


@dataclass(frozen=True)
class Breach:
    """A rule that does not hold, of what, and the numbers that show it."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Report:
    breaches: list[Breach]
    wallets: int
    entries: int
    postings: int
    open_holds: int
    posted_micros: int
    held_micros: int


Check = Callable[[User | None], Iterable[Breach]]
"""Yields the breaches of one rule, of one account or, given None, of all."""


def audit(user: User | None = None) -> Report:
    """Run every check on one snapshot of the database, of one account or of all.

    On PostgreSQL and SQLite alike writers go on meanwhile. Inside a transaction the caller's
    own view is what is checked.
    """
    with _snapshot():
        mine = Q() if user is None else Q(user=user)
        wallets, postings = Wallet.objects.filter(mine), Posting.objects.filter(mine)
        totals = wallets.aggregate(
            posted=Coalesce(Sum("posted_micros"), 0), held=Coalesce(Sum("held_micros"), 0)
        )
        return Report(
            breaches=[breach for check in CHECKS for breach in check(user)],
            wallets=wallets.count(),
            entries=_entries(user).count(),
            postings=postings.count(),
            open_holds=Hold.objects.open().filter(mine).count(),
            posted_micros=totals["posted"],
            held_micros=totals["held"],
        )


@contextmanager
def _snapshot() -> Iterator[None]:
    """One consistent, read-only view, unless a transaction is open already."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Not atomic(): that begins IMMEDIATE and would keep every writer waiting.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _entries(user: User | None) -> QuerySet[JournalEntry]:
    """The journal entries of an account or of all, the oldest first."""
    entries = JournalEntry.objects.order_by("pk")
    if user is None:
        return entries
    return entries.filter(
        Q(pk__in=Posting.objects.filter(user=user).values("entry")) | Q(hold__user=user)
    )


def _holds(user: User | None) -> HoldQuerySet:
    return Hold.objects.all() if user is None else Hold.objects.for_user(user)


def entries_balance(user: User | None) -> Iterator[Breach]:
    """Each entry has two legs or more, and they sum to zero."""
    unbalanced = (
        _entries(user)
        .annotate(legs=Count("postings"), total=Coalesce(Sum("postings__amount_micros"), 0))
        .exclude(legs__gte=2, total=0)
    )
    for entry in unbalanced:
        detail = f"{entry.legs} postings sum to {entry.total}, not 0"
        yield Breach("entry-balance", f"entry {entry.pk}", detail)


def ledger_balances(user: User | None) -> Iterator[Breach]:
    """All postings sum to zero, those too whose entry is gone."""
    if user is not None:
        return
    total = Posting.objects.aggregate(total=Coalesce(Sum("amount_micros"), 0))["total"]
    if total:
        yield Breach("ledger-balance", "all postings", f"they sum to {total}, not 0")


def wallets_are_explained(user: User | None) -> Iterator[Breach]:
    """Posted is the sum of the customer's postings, held that of their open holds, seq the last."""
    mine = Q() if user is None else Q(user=user)
    customer = Posting.objects.filter(mine, account=Posting.Account.CUSTOMER).order_by()
    booked = {
        row["user"]: (row["total"], row["last"])
        for row in customer.values("user").annotate(
            total=Sum("amount_micros"), last=Max("wallet_seq")
        )
    }
    open_holds = Hold.objects.open().filter(mine).order_by().values("user")
    held = {row["user"]: row["total"] for row in open_holds.annotate(total=Sum("amount_micros"))}
    wallets = {wallet.pk: wallet for wallet in Wallet.objects.filter(mine)}
    for account in sorted(wallets.keys() | booked.keys() | held.keys()):
        wallet = wallets.get(account) or Wallet(user_id=account)
        posted, last = booked.get(account, (0, 0))
        yield from _explain(wallet, posted=posted, seq=last, held=held.get(account, 0))


def _explain(wallet: Wallet, *, posted: int, seq: int, held: int) -> Iterator[Breach]:
    of = f"account {wallet.pk}"
    if wallet.posted_micros != posted:
        detail = f"posted is {wallet.posted_micros}, its postings sum to {posted}"
        yield Breach("wallet-posted", of, detail)
    if wallet.seq != seq:
        yield Breach("wallet-seq", of, f"seq is {wallet.seq}, its last posting is number {seq}")
    if wallet.held_micros != held:
        detail = f"held is {wallet.held_micros}, its open holds sum to {held}"
        yield Breach("wallet-held", of, detail)
    if not wallet.posted_micros >= wallet.held_micros >= 0:
        detail = f"posted {wallet.posted_micros} >= held {wallet.held_micros} >= 0 is not true"
        yield Breach("wallet-range", of, detail)


def postings_run_on(user: User | None) -> Iterator[Breach]:
    """A wallet's postings are numbered without gaps, each with the running sum beside it."""
    mine = Q() if user is None else Q(user=user)
    wrong = (
        Posting.objects.filter(mine, account=Posting.Account.CUSTOMER)
        .annotate(
            place=_by_number(RowNumber()),
            running=_by_number(Sum("amount_micros")),
        )
        .exclude(place=F("wallet_seq"), running=F("posted_after"))
        .order_by("user", "wallet_seq")
    )
    for posting in wrong:
        detail = (
            f"number {posting.wallet_seq} in place {posting.place},"
            f" posted_after {posting.posted_after}, running sum {posting.running}"
        )
        yield Breach("posting-run", f"account {posting.user_id} posting {posting.pk}", detail)


def _by_number(expression: Expression) -> Window:
    return Window(expression, partition_by=[F("user")], order_by=F("wallet_seq").asc())


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
    for entry in _entries(user).filter(settlement, hold=None):
        yield Breach("settlement-hold", f"entry {entry.pk}", "a settlement of no hold")
    from_customer = Q(postings__account=Posting.Account.CUSTOMER, postings__user=F("hold__user"))
    to_revenue = Q(postings__account=Posting.Account.REVENUE)
    wrong = (
        _entries(user)
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


def holds_end_in_time(user: User | None) -> Iterator[Breach]:
    """No hold stays open past its expiry and the sweeper's next turns."""
    grace = timedelta(seconds=SWEEPS_OF_GRACE * settings.SWEEP_SECONDS)
    for hold in _holds(user).overdue(timezone.now() - grace):
        detail = f"open, expired at {hold.expires_at:%Y-%m-%d %H:%M:%S}: does the sweeper run?"
        yield Breach("hold-overdue", f"hold {hold.pk} of job {hold.job_id}", detail)


def ledger_is_guarded(_user: User | None) -> Iterator[Breach]:
    """The triggers that keep the ledger append-only are in place."""
    for name in triggers.missing(connection):
        yield Breach("ledger-guard", f"trigger {name}", "missing or disabled")


CHECKS: list[Check] = [
    entries_balance,
    ledger_balances,
    wallets_are_explained,
    postings_run_on,
    holds_are_consistent,
    holds_have_their_entry,
    settlements_match_their_hold,
    holds_end_in_time,
    ledger_is_guarded,
]
