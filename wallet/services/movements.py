"""How the row of a wallet changes, each time together with the legs that explain it.

Call these inside the transaction that made the journal entry. They lock the wallet: after the
hold or the top-up that they are about, before any budget.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from audiopod.common.statements import Given, Update
from wallet.models import Hold, JournalEntry, Posting, Wallet
from wallet.services.ledger import customer_leg, debt_leg, own_leg, post


def locked_wallet(user: User) -> Wallet:
    """The wallet of an account, ours until the transaction ends; made when there is none."""
    Wallet.objects.bulk_create([Wallet(user=user)], ignore_conflicts=True)
    return Wallet.objects.select_for_update().get(pk=user.pk)


def warning_level(user: User) -> int:
    """Micro-dollars below which an account is warned."""
    own = user.warn_below_micros
    return settings.LOW_BALANCE_MICROS if own is None else own


def put(entry: JournalEntry, *, user: User, amount_micros: int, against: str) -> None:
    """Money comes in: it pays a debt first, the rest is theirs to spend."""
    wallet = locked_wallet(user)
    pays = min(wallet.debt_micros, amount_micros)
    gets = amount_micros - pays
    _change(wallet, user, posted=gets, debt=-pays)
    post(entry, [*_legs(wallet, gets, pays), own_leg(against, -amount_micros)])


def take_back(
    entry: JournalEntry,
    *,
    user: User,
    amount_micros: int,
    against: str,
    fee_micros: int = 0,
) -> None:
    """Money goes back to where it came from: what is available of it, and the rest is debt.

    What is held stays held, for a job that runs already. A fee is ours to bear.
    """
    wallet = locked_wallet(user)
    gives = min(wallet.available_micros, amount_micros)
    owes = amount_micros - gives
    _change(wallet, user, posted=-gives, debt=owes)
    legs = [*_legs(wallet, -gives, -owes), own_leg(against, amount_micros + fee_micros)]
    post(entry, [*legs, own_leg(Posting.Account.FEES, -fee_micros)])


def charge(settled: Hold, entry: JournalEntry) -> None:
    """The cost of a settled hold leaves the wallet, and the rest of the hold is free again."""
    cost = settled.settled_micros
    moved = _CHARGE.rows(
        user_id=settled.user_id,
        cost=cost,
        held=settled.amount_micros,
        usual_level=settings.LOW_BALANCE_MICROS,
        now=timezone.now(),
    )
    if not moved:
        _charge_a_debtor(settled, entry)
        return
    posted, seq = moved[0]
    wallet = Wallet(user_id=settled.user_id, posted_micros=posted, seq=seq)
    post(entry, [*_legs(wallet, -cost, 0), own_leg(Posting.Account.REVENUE, cost)])


def _to_charge() -> tuple[QuerySet[Wallet], dict[str, Any]]:
    cost = Given("cost", BigIntegerField())
    without_debt = Wallet.objects.filter(pk=Given("user_id", BigIntegerField()), debt_micros=0)
    return without_debt, {
        "posted_micros": F("posted_micros") - cost,
        "held_micros": F("held_micros") - Given("held", BigIntegerField()),
        "seq": F("seq") + 1,
        "low_since": _low_after(cost),
    }


def _low_after(cost: Given) -> Case:
    """`low_since` after a charge: now when it goes below the level by it, else as it is."""
    own = User.objects.filter(pk=OuterRef("pk")).values("warn_below_micros")
    level = Coalesce(Subquery(own), Given("usual_level", BigIntegerField()))
    falls = Q(low_since__isnull=True, posted_micros__lt=level + cost)
    return Case(When(falls, then=Given("now", DateTimeField())), default=F("low_since"))


_CHARGE = Update(_to_charge, returning=["posted_micros", "seq"])


def free(closed: Hold) -> None:
    """The whole hold is theirs again, or pays what they owe."""
    _free(closed, closed.amount_micros, key=f"collection:{closed.job_id}")


def free_part(lowered: Hold, amount_micros: int) -> None:
    """The same of a part of a hold that stays open."""
    left = lowered.amount_micros
    _free(lowered, amount_micros, key=f"collection:{lowered.job_id}:above:{left}")


def _free(hold: Hold, amount_micros: int, *, key: str) -> None:
    moved = Wallet.objects.filter(pk=hold.user_id, debt_micros=0).update(
        held_micros=F("held_micros") - amount_micros
    )
    if not moved:
        wallet = _wallet_of(hold)
        wallet.held_micros -= amount_micros
        _collect(wallet, freed=amount_micros, key=key)


def _charge_a_debtor(settled: Hold, entry: JournalEntry) -> None:
    wallet, cost = _wallet_of(settled), settled.settled_micros
    wallet.held_micros -= settled.amount_micros
    wallet.posted_micros -= cost
    wallet.seq += 1
    post(entry, [*_legs(wallet, -cost, 0), own_leg(Posting.Account.REVENUE, cost)])
    key = f"collection:{settled.job_id}"
    _collect(wallet, freed=settled.amount_micros - cost, key=key)


def _collect(wallet: Wallet, *, freed: int, key: str) -> None:
    """What a hold gives back to an account in debt pays the debt. key: of the entry."""
    pays = min(wallet.debt_micros, freed)
    if pays:
        entry = JournalEntry.objects.create(
            kind=JournalEntry.Kind.COLLECTION,
            idempotency_key=key,
            actor="wallet",
            reason="Money that was held pays the debt",
        )
        wallet.posted_micros -= pays
        wallet.debt_micros -= pays
        wallet.seq += 1
        post(entry, _legs(wallet, -pays, pays))
    wallet.save(update_fields=["posted_micros", "held_micros", "debt_micros", "seq"])


def _wallet_of(closed: Hold) -> Wallet:
    wallet = Wallet.objects.select_for_update().filter(pk=closed.user_id).first()
    if wallet is None:
        raise Wallet.DoesNotExist(
            f"Hold {closed.pk} has no wallet: account {closed.user_id} needs an audit."
        )
    return wallet


def _change(wallet: Wallet, user: User, *, posted: int, debt: int) -> None:
    """Write a wallet that we have locked."""
    wallet.posted_micros += posted
    wallet.debt_micros += debt
    wallet.seq += bool(posted)
    is_low = wallet.posted_micros < warning_level(user)
    if not is_low:
        wallet.low_since = None
    elif posted < 0 and wallet.low_since is None:
        wallet.low_since = timezone.now()
    wallet.save(update_fields=["posted_micros", "debt_micros", "seq", "low_since"])


def _legs(wallet: Wallet, posted: int, debt: int) -> list[Posting]:
    """The customer's legs of what has just changed their wallet."""
    of_balance = customer_leg(wallet.pk, posted, seq=wallet.seq, posted_after=wallet.posted_micros)
    return [of_balance, debt_leg(wallet.pk, debt)]
