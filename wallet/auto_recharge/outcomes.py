"""What became of a charge: paid, declined, or the bank wants to ask the customer."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from wallet import mails, services
from wallet.models import AutoRecharge, Topup

State = AutoRecharge.State

BACK_OFF = (timedelta(hours=1), timedelta(hours=24))
"""After the first and the second decline; the third is the last."""
AUTHENTICATION_REQUIRED = "authentication_required"


def completed(topup: Topup) -> None:
    """A charge was paid: what failed before is forgotten. For the transaction that credits it."""
    AutoRecharge.objects.filter(pk=topup.user_id).update(
        state=State.ACTIVE, failures=0, next_try_at=None, error=""
    )


def payment_failed(topup: Topup, code: str, message: str) -> None:
    """A charge was declined. Told again, of the same charge, it changes nothing.

    Tried again an hour and a day later, then no more. A bank that wants to ask the customer
    (`code` "authentication_required") is not asked again: the customer is.
    """
    with transaction.atomic():
        services.mark_topup(topup_id=topup.pk, status=Topup.Status.FAILED, error=message)
        order = AutoRecharge.objects.select_for_update().filter(pk=topup.user_id).first()
        if order is None or topup.kind != Topup.Kind.AUTO:
            return
        failures = _failures(order)
        if failures > order.failures:
            _note_failure(order, topup, failures, code, message)


def _failures(order: AutoRecharge) -> int:
    """Charges that failed since the last that was paid, or since the order was last changed."""
    charges = Topup.objects.filter(user=order.user_id, kind=Topup.Kind.AUTO)
    since = order.updated_at
    paid = charges.filter(status=Topup.Status.COMPLETED).order_by("-created_at").first()
    if paid is not None:
        since = max(since, paid.created_at)
    return charges.filter(status=Topup.Status.FAILED, created_at__gte=since).count()


def _note_failure(
    order: AutoRecharge, topup: Topup, failures: int, code: str, message: str
) -> None:
    state, next_try_at = State.ACTIVE, None
    if code == AUTHENTICATION_REQUIRED:
        state = State.NEEDS_AUTHENTICATION
        transaction.on_commit(lambda: mails.payment_needs_you(topup))
    elif failures > len(BACK_OFF):
        state = State.DECLINED
        transaction.on_commit(
            lambda: mails.card_declined(topup, attempts=failures, message=message)
        )
    else:
        next_try_at = timezone.now() + BACK_OFF[failures - 1]
    AutoRecharge.objects.filter(pk=order.pk).update(
        state=state, failures=failures, next_try_at=next_try_at, error=message[:500]
    )
