"""Money that comes in, or is corrected, with a reason and an actor."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts.models import User
from wallet.exceptions import IdempotencyConflict, InsufficientBalance
from wallet.models import JournalEntry, Posting
from wallet.services import movements
from wallet.services.ledger import require_amount


def grant(
    *, user: User, amount_micros: int, reason: str, actor: str, idempotency_key: str
) -> JournalEntry:
    """Give an account credit. The same key again returns the first entry.

    `actor` is who did it: "user:<id>" or "command:<name>". Raises IdempotencyConflict when the
    key was used for something else, ValueError without a reason or a positive amount.
    """
    require_amount(amount_micros)
    return _credit(
        kind=JournalEntry.Kind.GRANT,
        user=user,
        amount_micros=amount_micros,
        reason=reason.strip(),
        actor=actor,
        key=idempotency_key,
    )


def adjust(
    *, user: User, amount_micros: int, reason: str, actor: str, idempotency_key: str
) -> JournalEntry:
    """Correct a balance upward or, by a negative amount, downward. Otherwise as `grant`.

    Raises InsufficientBalance rather than take what is held or was never there.
    """
    require_amount(abs(amount_micros))
    return _credit(
        kind=JournalEntry.Kind.ADJUSTMENT,
        user=user,
        amount_micros=amount_micros,
        reason=reason.strip(),
        actor=actor,
        key=idempotency_key,
    )


def _credit(
    *,
    kind: JournalEntry.Kind,
    user: User,
    amount_micros: int,
    reason: str,
    actor: str,
    key: str,
) -> JournalEntry:
    if not reason:
        raise ValueError("Give a reason: it stays in the ledger beside the amount.")
    full_key = f"{kind.value}:{key}"
    try:
        with transaction.atomic():
            entry = JournalEntry.objects.create(
                kind=kind, idempotency_key=full_key, actor=actor, reason=reason
            )
            _book(entry, user, amount_micros)
            return entry
    except IntegrityError:
        first = JournalEntry.objects.filter(idempotency_key=full_key).first()
        if first is None:
            raise
    of_user = first.postings.filter(user=user).aggregate(total=Sum("amount_micros"))
    if (of_user["total"], first.reason) != (amount_micros, reason):
        raise IdempotencyConflict(key)
    return first


def _book(entry: JournalEntry, user: User, amount_micros: int) -> None:
    if amount_micros > 0:
        movements.put(entry, user=user, amount_micros=amount_micros, against=Posting.Account.PROMO)
        return
    left = movements.locked_wallet(user).available_micros
    if left < -amount_micros:
        raise InsufficientBalance(required_micros=-amount_micros, available_micros=left)
    movements.take_back(
        entry, user=user, amount_micros=-amount_micros, against=Posting.Account.PROMO
    )
