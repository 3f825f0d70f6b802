"""Money set aside for a job: hold, then settle, release or expire; never twice."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, F, QuerySet, UUIDField
from django.utils import timezone

from accounts.models import ApiKey, User
from audiopod.common.statements import Given, Update, insert
from wallet.exceptions import HoldClosed, HoldConflict
from wallet.models import Hold, JournalEntry, Wallet
from wallet.services import budgets, movements
from wallet.services.balances import require_available
from wallet.services.ledger import MAX_AMOUNT_MICROS, require_amount

logger = logging.getLogger(__name__)


def hold(
    *,
    user: User,
    job_id: uuid.UUID,
    amount_micros: int,
    seconds: int,
    api_key: ApiKey | None = None,
    service: str = "",
    price_micros_per_minute: int | None = None,
) -> Hold:
    """Set money aside for a job, for `seconds` from now.

    service: the `service_type` that is sold; the ledger shows it and its price for ever.
    The same job again returns its first hold, open or not.
    Raises InsufficientBalance, SpendingFrozen, BudgetExceeded, HoldConflict when the job has a
    hold of another amount or account, ValueError when the amount is not positive.
    """
    require_amount(amount_micros)
    try:
        with transaction.atomic():
            made = Hold(
                user=user,
                job_id=job_id,
                api_key=api_key,
                service=service,
                price_micros_per_minute=price_micros_per_minute,
                amount_micros=amount_micros,
                expires_at=timezone.now() + timedelta(seconds=seconds),
            )
            insert(made)
            _reserve(user, amount_micros)
            budgets.count(made, user, api_key)
            return made
    except IntegrityError:
        first = Hold.objects.filter(job_id=job_id).first()
        if first is None:
            raise
    if (first.user_id, first.amount_micros) != (user.pk, amount_micros):
        raise HoldConflict(job_id)
    return first


def _reserve(user: User, amount_micros: int) -> None:
    """Move available to held, or raise with numbers that justify it.

    Money may come back between the refused UPDATE and the reading of what is available: try again.
    """
    while not _RESERVE.count(user_id=user.pk, amount=amount_micros):
        require_available(user, amount_micros)


def _to_reserve() -> tuple[QuerySet[Wallet], dict[str, Any]]:
    amount = Given("amount", BigIntegerField())
    affordable = Wallet.objects.filter(
        pk=Given("user_id", BigIntegerField()),
        posted_micros__gte=F("held_micros") + amount,
        debt_micros=0,
        is_frozen=False,
    )
    return affordable, {"held_micros": F("held_micros") + amount}


_RESERVE = Update(_to_reserve)


def settle(
    *,
    job_id: uuid.UUID,
    amount_micros: int,
    billed_ms: int | None = None,
    request_id: str = "",
    reason: str = "",
) -> Hold:
    """Charge a job what it cost, at most its hold, and give back the rest.

    billed_ms: milliseconds of audio that are charged for; reason: in words, for what has none.
    A cost of zero releases the hold. A settled job returns its hold as it was settled, whatever
    the amount this time. Raises HoldClosed when the hold was released or has expired (that work
    is not billed), ValueError when the amount or the length is negative or the amount is more
    than the hold, Hold.DoesNotExist when the job never had one.
    """
    if amount_micros < 0:
        raise ValueError(f"A cost is not negative, and this is {amount_micros} micro-dollars.")
    if billed_ms is not None and billed_ms < 0:
        raise ValueError(f"Audio is not shorter than nothing, and this is {billed_ms} ms.")
    if amount_micros == 0:
        return _give_back(job_id)
    with transaction.atomic():
        settled = _close(
            job_id, Hold.State.SETTLED, settled_micros=amount_micros, billed_ms=billed_ms
        )
        if settled:
            _book_settlement(settled, request_id, reason)
            return settled
        closed = Hold.objects.get(job_id=job_id)
    if closed.state == Hold.State.OPEN:
        raise ValueError(
            f"Job {job_id} cost {amount_micros} micro-dollars, which is more than its hold of"
            f" {closed.amount_micros}: settle at most the hold."
        )
    if closed.state != Hold.State.SETTLED:
        logger.warning("Job %s not charged %s: %s.", job_id, amount_micros, closed.state)
        raise HoldClosed(job_id, closed.state)
    return closed


def _book_settlement(settled: Hold, request_id: str, reason: str) -> None:
    entry = JournalEntry(
        kind=JournalEntry.Kind.SETTLEMENT,
        idempotency_key=f"settlement:{settled.job_id}",
        hold=settled,
        actor="worker",
        request_id=request_id,
        reason=reason,
    )
    insert(entry)
    movements.charge(settled, entry)
    budgets.uncount(settled)


def release(*, job_id: uuid.UUID) -> Hold:
    """Give back the whole hold. Again, or after its expiry, it changes nothing.

    Raises HoldClosed when the job was settled, Hold.DoesNotExist when it never had a hold.
    """
    closed = _give_back(job_id)
    if closed.state == Hold.State.SETTLED:
        raise HoldClosed(job_id, closed.state)
    return closed


def expire(*, job_id: uuid.UUID, now: datetime | None = None) -> Hold:
    """Give back a hold that is past its time; any other is returned as it is.

    The caller has seen to it that the job does not run any more.
    """
    with transaction.atomic():
        late = Hold.objects.filter(job_id=job_id).overdue(now or timezone.now())
        won = late.update(state=Hold.State.EXPIRED, closed_at=timezone.now())
        expired = Hold.objects.get(job_id=job_id)
        if won:
            _unreserve(expired)
            logger.warning("The hold of job %s expired.", job_id)
    return expired


def overdue(now: datetime | None = None) -> QuerySet[Hold]:
    """Open holds past their time, the oldest first: to `expire`, unless their job still runs."""
    return Hold.objects.overdue(now or timezone.now()).order_by("expires_at")


def extend(*, job_id: uuid.UUID, seconds: int) -> bool:
    """Keep an open hold at least `seconds` from now. False when it is closed, or never was."""
    until = timezone.now() + timedelta(seconds=seconds)
    still_open = Hold.objects.open().filter(job_id=job_id)
    return bool(still_open.filter(expires_at__lt=until).update(expires_at=until)) or (
        still_open.exists()
    )


def lower(*, job_id: uuid.UUID, amount_micros: int) -> Hold:
    """Give a part of an open hold back: its job will cost at most this amount.

    A hold that is closed, or as low already, is returned as it is. Raises ValueError when the
    amount is not positive, Hold.DoesNotExist when the job never had a hold.
    """
    require_amount(amount_micros)
    with transaction.atomic():
        lowered = Hold.objects.select_for_update().get(job_id=job_id)
        freed = lowered.amount_micros - amount_micros
        if lowered.state != Hold.State.OPEN or freed <= 0:
            return lowered
        lowered.amount_micros = amount_micros
        lowered.save(update_fields=["amount_micros"])
        movements.free_part(lowered, freed)
        budgets.uncount_part(lowered, freed)
    return lowered


def _give_back(job_id: uuid.UUID) -> Hold:
    """Release the hold if it is open, and return it as it is then."""
    with transaction.atomic():
        released = _close(job_id, Hold.State.RELEASED)
        if released:
            _unreserve(released)
            return released
        return Hold.objects.get(job_id=job_id)


def _close(
    job_id: uuid.UUID, state: Hold.State, *, settled_micros: int = 0, billed_ms: int | None = None
) -> Hold | None:
    """The edge out of `open`. The hold as it is then, for the caller that took it; None for all
    others, and where the hold is less than what is to be settled."""
    if settled_micros > MAX_AMOUNT_MICROS:
        return None  # no hold has so much, and SQLite no number for it
    rows = _CLOSE.rows(
        job_id=job_id,
        state=state,
        settled_micros=settled_micros,
        billed_ms=billed_ms,
        closed_at=timezone.now(),
    )
    return Hold.from_db(connection.alias, _COLUMNS, rows[0]) if rows else None


def _to_close() -> tuple[QuerySet[Hold], dict[str, Any]]:
    settled = Given("settled_micros", BigIntegerField())
    holds = Hold.objects.filter(job_id=Given("job_id", UUIDField()), amount_micros__gte=settled)
    return holds.filter(state=Hold.State.OPEN), {
        "state": Given("state", CharField()),
        "settled_micros": settled,
        "billed_ms": Given("billed_ms", BigIntegerField()),
        "closed_at": Given("closed_at", DateTimeField()),
    }


_COLUMNS = [field.attname for field in Hold._meta.concrete_fields]
_CLOSE = Update(_to_close, returning=_COLUMNS)


def _unreserve(closed: Hold) -> None:
    movements.free(closed)
    budgets.uncount(closed)
