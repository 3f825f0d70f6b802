"""A past for an account that is made to be looked at.

What `hold`, `settle`, `release`, `grant` and `complete_topup` would have left, had they been
called then: written in bulk, into a wallet in which nothing has happened yet.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import ApiKey, User
from wallet.models import TOTAL, Hold, JournalEntry, Posting, Spending, Topup
from wallet.models.budgets import day_of, month_of
from wallet.services.ledger import customer_leg, own_leg, require_amount
from wallet.services.movements import locked_wallet

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGrant:
    """Credit that was given."""

    at: datetime
    amount_micros: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCharge:
    """A job that is over: what was held for it, and what it cost."""

    job_id: uuid.UUID
    api_key: ApiKey | None
    service: str
    price_micros_per_minute: int
    held_micros: int
    cost_micros: int
    billed_ms: int
    created_at: datetime
    closed_at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class _Move:
    """An entry, and what it changes in the wallet, against which account of ours."""

    entry: JournalEntry
    amount_micros: int
    against: str


@transaction.atomic
def write_history(
    user: User,
    *,
    grants: Sequence[PastGrant],
    topups: Sequence[Topup],
    charges: Sequence[PastCharge],
) -> None:
    """Write a past, in any order given.

    topups: not saved yet; the completed ones are credited. Raises ValueError when the wallet
    has a past already, and when something is spent before it was there.
    """
    wallet = locked_wallet(user)
    if wallet.seq or Hold.objects.for_user(user).exists():
        raise ValueError(f"Account {user.pk} has a past already, and the ledger keeps it.")
    Topup.objects.bulk_create(topups, batch_size=ROWS_AT_ONCE)
    holds = Hold.objects.bulk_create(
        [_hold(user, charge) for charge in charges], batch_size=ROWS_AT_ONCE
    )
    moves = [_granted(user, grant) for grant in grants]
    moves += [_paid(topup) for topup in topups if topup.status == Topup.Status.COMPLETED]
    moves += [
        _settled(hold, charge)
        for hold, charge in zip(holds, charges, strict=True)
        if charge.cost_micros
    ]
    moves.sort(key=lambda move: move.entry.created_at)
    wallet.posted_micros = _post(user, moves)
    wallet.seq = len(moves)
    wallet.save(update_fields=["posted_micros", "seq"])
    Spending.objects.bulk_create(_spendings(user, charges), batch_size=ROWS_AT_ONCE)


def _hold(user: User, charge: PastCharge) -> Hold:
    return Hold(
        user=user,
        job_id=charge.job_id,
        api_key=charge.api_key,
        service=charge.service,
        price_micros_per_minute=charge.price_micros_per_minute,
        amount_micros=charge.held_micros,
        settled_micros=charge.cost_micros,
        billed_ms=charge.billed_ms if charge.cost_micros else None,
        state=Hold.State.SETTLED if charge.cost_micros else Hold.State.RELEASED,
        created_at=charge.created_at,
        expires_at=charge.closed_at,
        closed_at=charge.closed_at,
    )


def _granted(user: User, grant: PastGrant) -> _Move:
    require_amount(grant.amount_micros)
    entry = JournalEntry(
        kind=JournalEntry.Kind.GRANT,
        idempotency_key=f"grant:history:{user.pk}:{grant.at.isoformat()}",
        actor=grant.actor,
        reason=grant.reason,
        created_at=grant.at,
    )
    return _Move(entry, grant.amount_micros, Posting.Account.PROMO)


def _paid(topup: Topup) -> _Move:
    assert topup.completed_at is not None  # noqa: S101 - the database has seen to it
    entry = JournalEntry(
        kind=JournalEntry.Kind.TOPUP,
        idempotency_key=f"pi:{topup.payment_intent_id}",
        actor="stripe",
        created_at=topup.completed_at,
    )
    return _Move(entry, topup.amount_micros, Posting.Account.STRIPE)


def _settled(hold: Hold, charge: PastCharge) -> _Move:
    entry = JournalEntry(
        kind=JournalEntry.Kind.SETTLEMENT,
        idempotency_key=f"settlement:{charge.job_id}",
        hold=hold,
        actor="worker",
        request_id=charge.request_id,
        created_at=charge.closed_at,
    )
    return _Move(entry, -charge.cost_micros, Posting.Account.REVENUE)


def _post(user: User, moves: Sequence[_Move]) -> int:
    """Write entries and their legs in order; returns the balance after the last."""
    entries = JournalEntry.objects.bulk_create(
        [move.entry for move in moves], batch_size=ROWS_AT_ONCE
    )
    balance, legs = 0, []
    for seq, (move, entry) in enumerate(zip(moves, entries, strict=True), start=1):
        balance += move.amount_micros
        if balance < 0:
            raise ValueError(f"At {entry.created_at} more is spent than there is.")
        theirs = customer_leg(user.pk, move.amount_micros, seq=seq, posted_after=balance)
        ours = own_leg(move.against, -move.amount_micros)
        for number, leg in enumerate((theirs, ours), start=1):
            leg.entry, leg.number = entry, number
            legs.append(leg)
    Posting.objects.bulk_create(legs, batch_size=ROWS_AT_ONCE)
    return balance


def _spendings(user: User, charges: Sequence[PastCharge]) -> list[Spending]:
    """What the holds count in: the days of the account, the months and the total of each key."""
    spent: Counter[tuple[int | None, str]] = Counter()
    for charge in charges:
        spent[None, day_of(charge.created_at)] += charge.cost_micros
        if charge.api_key is not None:
            spent[charge.api_key.pk, month_of(charge.created_at)] += charge.cost_micros
            spent[charge.api_key.pk, TOTAL] += charge.cost_micros
    return [
        Spending(user=user, api_key_id=key, period=period, spent_micros=micros)
        for (key, period), micros in spent.items()
    ]
