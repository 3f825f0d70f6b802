"""A worker's turn at one receiver: one delivery after another, until others are to have theirs."""

from __future__ import annotations

import time

from django.db import connection
from django.utils import timezone

from webhooks import claims
from webhooks.models import Receiver
from webhooks.sending import send

TURN_SECONDS = 1.0
"""A receiver with much to take lets others have the thread after so long."""


def serve(receiver_id: int, *, slowly: bool) -> Receiver | None:
    """Send what is due to a receiver. slowly: whether this thread is one of those for the slow.

    Returns the receiver when there is, or may be, more to do in another turn.
    """
    over = time.monotonic() + TURN_SECONDS
    while receiver := Receiver.objects.filter(pk=receiver_id).first():
        if receiver.is_slow != slowly or time.monotonic() > over:
            return receiver
        taken = claims.take(receiver)
        if taken is None:
            return None
        carry_out(taken)
    return None


def carry_out(taken: claims.Taken) -> None:
    """One attempt: send what was taken, and write down what came of it."""
    # while a receiver takes its time, others have what is of a pool
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
    began_at = timezone.now()
    answer = send(taken.delivery)
    claims.note(taken, answer, began_at)
