"""Do the entries balance, and do they explain every wallet?"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, Expression, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.models import User
from wallet import triggers
from wallet.audit.breach import Breach
from wallet.models import Hold, JournalEntry, Posting, Wallet


def entries_of(user: User | None) -> QuerySet[JournalEntry]:
    """The journal entries of an account or of all, the oldest first."""
    entries = JournalEntry.objects.order_by("pk")
    if user is None:
        return entries
    return entries.filter(
        Q(pk__in=Posting.objects.filter(user=user).values("entry")) | Q(hold__user=user)
    )


def entries_balance(user: User | None) -> Iterator[Breach]:
    """Each entry has two legs or more, and they sum to zero."""
    unbalanced = (
        entries_of(user)
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
    """Posted is the sum of the customer's postings, debt that of what we may still get from them,
    held that of their open holds, and seq the last number."""
    mine = Q() if user is None else Q(user=user)
    customer = Posting.objects.filter(mine, account=Posting.Account.CUSTOMER).order_by()
    booked = {
        row["user"]: (row["total"], row["last"])
        for row in customer.values("user").annotate(
            total=Sum("amount_micros"), last=Max("wallet_seq")
        )
    }
    owed = Posting.objects.filter(mine, account=Posting.Account.RECEIVABLE).order_by()
    debts = dict(owed.values_list("user").annotate(total=-Sum("amount_micros")))
    open_holds = Hold.objects.open().filter(mine).order_by().values("user")
    held = {row["user"]: row["total"] for row in open_holds.annotate(total=Sum("amount_micros"))}
    wallets = {wallet.pk: wallet for wallet in Wallet.objects.filter(mine)}
    for account in sorted(wallets.keys() | booked.keys() | held.keys() | debts.keys()):
        wallet = wallets.get(account) or Wallet(user_id=account)
        posted, last = booked.get(account, (0, 0))
        yield from _explain(wallet, posted=posted, seq=last, held=held.get(account, 0))
        if wallet.debt_micros != debts.get(account, 0):
            detail = f"debt is {wallet.debt_micros}, its postings say {debts.get(account, 0)}"
            yield Breach("wallet-debt", f"account {account}", detail)


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


def ledger_is_guarded(_user: User | None) -> Iterator[Breach]:
    """The triggers that keep the ledger append-only are in place."""
    for name in triggers.missing(connection):
        yield Breach("ledger-guard", f"trigger {name}", "missing or disabled")
