"""When a customer is written to about a dispute: spending is paused, or the bank has decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from wallet import mails
from wallet.models import Dispute, Topup


@contextmanager
def told_once(dispute_id: str, payment_intent_id: str) -> Iterator[None]:
    """Tell the customer of what is done here, once it is committed. For use in a transaction."""
    # the lock lets one of several processes with the same event see how it was before
    payment = Topup.objects.filter(payment_intent_id=payment_intent_id)
    payment.select_for_update().first()
    before = Dispute.objects.filter(pk=dispute_id).first()
    yield
    noted = Dispute.objects.select_related("topup__user").filter(pk=dispute_id).first()
    if noted is None:
        return
    if noted.is_freezing and not (before and before.is_freezing):
        transaction.on_commit(lambda: mails.spending_paused(noted), robust=True)
    if _is_decided(noted) and not (before and _is_decided(before)):
        transaction.on_commit(lambda: mails.dispute_over(noted), robust=True)


def _is_decided(dispute: Dispute) -> bool:
    return dispute.status in ("won", "lost")
