"""Money set aside for a job: hold, then settle, release or expire; never twice."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, User
from wallet.exceptions import HoldClosed, HoldConflict
from wallet.models import Hold, JournalEntry, Wallet
from wallet.services import budgets, movements
from wallet.services.balances import require_available
from wallet.services.ledger import require_amount

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
            made = Hold.objects.create(
                user=user,
                job_id=job_id,
                api_key=api_key,
                service=service,
                price_micros_per_minute=price_micros_per_minute,
                amount_micros=amount_micros,
                expires_at=timezone.now() + timedelta(seconds=seconds),
            )
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
    affordable = Wallet.objects.filter(
        pk=user.pk,
        posted_micros__gte=F("held_micros") + amount_micros,
        debt_micros=0,
        is_frozen=False,
    )
    while not affordable.update(held_micros=F("held_micros") + amount_micros):
        require_available(user, amount_micros)


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
        won = _close(
            Hold.objects.filter(job_id=job_id, amount_micros__gte=amount_micros),
            state=Hold.State.SETTLED,
            settled_micros=amount_micros,
            billed_ms=billed_ms,
        )
        closed = Hold.objects.select_related("user").get(job_id=job_id)
        if won:
            _book_settlement(closed, request_id, reason)
            return closed
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
    entry = JournalEntry.objects.create(
        kind=JournalEntry.Kind.SETTLEMENT,
        idempotency_key=f"settlement:{settled.job_id}",
        hold=settled,
        actor="worker",
        request_id=request_id,
        reason=reason,
    )
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
        won = _close(late, state=Hold.State.EXPIRED)
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


def _give_back(job_id: uuid.UUID) -> Hold:
    """Release the hold if it is open, and return it as it is then."""
    with transaction.atomic():
        won = _close(Hold.objects.filter(job_id=job_id), state=Hold.State.RELEASED)
        closed = Hold.objects.get(job_id=job_id)
        if won:
            _unreserve(closed)
    return closed


def _close(
    holds: QuerySet[Hold],
    *,
    state: Hold.State,
    settled_micros: int = 0,
    billed_ms: int | None = None,
) -> bool:
    """The one edge out of `open`. True for the caller that took it."""
    return bool(
        holds.filter(state=Hold.State.OPEN).update(
            state=state,
            settled_micros=settled_micros,
            billed_ms=billed_ms,
            closed_at=timezone.now(),
        )
    )


def _unreserve(closed: Hold) -> None:
    movements.free(closed)
    budgets.uncount(closed)
