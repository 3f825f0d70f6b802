"""Taking a delivery, and writing down what became of it. Any number of workers may do both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from webhooks.events import Event
from webhooks.models import Attempt, Delivery, Receiver
from webhooks.sending import Answer

MAX_ATTEMPTS = 5
FIRST_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600
MAX_UNDER_WAY = 2
"""So many deliveries to one receiver at a time, whatever waits for it."""
LEASE_SECONDS = 30
"""Three times what an attempt takes at most: a worker that is silent for longer is dead."""
SLOW_MILLISECONDS = 2_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker is to send. claim: fences what it writes down."""

    delivery: Delivery
    claim: int


def take(receiver: Receiver) -> Taken | None:
    """The delivery that a receiver has waited for longest, for this worker alone.

    None when nothing is due, or enough is under way. Whoever dies with it leaves it due again.
    """
    now = timezone.now()
    with transaction.atomic():
        # two that count at the same time would both find room
        Receiver.objects.select_for_update(no_key=True).filter(pk=receiver.pk).first()
        mine = Delivery.objects.filter(receiver=receiver)
        if mine.under_way(now).count() >= MAX_UNDER_WAY:
            return None
        due = mine.due(now).order_by("next_attempt_at", "created_at")
        delivery = due.select_related("receiver__endpoint").first()
        if delivery is None:
            return None
        claim = delivery.claim + 1
        until = now + timedelta(seconds=LEASE_SECONDS)
        Delivery.objects.filter(pk=delivery.pk).update(
            claim=claim, lease_until=until, next_attempt_at=until
        )
    return Taken(delivery, claim)


def note(taken: Taken, answer: Answer, began_at: datetime) -> bool:
    """Write down what came of an attempt. False when another worker has the delivery by now."""
    now, number = timezone.now(), taken.delivery.attempts + 1
    with transaction.atomic():
        ours = Delivery.objects.filter(
            pk=taken.delivery.pk, claim=taken.claim, lease_until__isnull=False
        )
        if not ours.update(
            lease_until=None,
            attempts=number,
            response_code=answer.status,
            response_body=answer.body,
            error=answer.error,
            **_outcome(taken.delivery, answer, number, now),
        ):
            return False
        Attempt.objects.create(
            delivery=taken.delivery,
            number=number,
            began_at=began_at,
            milliseconds=answer.milliseconds,
            response_code=answer.status,
            error=answer.error,
        )
        _note_receiver(taken.delivery, answer, number, now)
    return True


def _outcome(delivery: Delivery, answer: Answer, number: int, now: datetime) -> dict[str, Any]:
    if answer.is_success:
        return {
            "status": Delivery.Status.DELIVERED,
            "delivered_at": now,
            "next_attempt_at": None,
        }
    if _is_last(delivery, number):
        return {"status": Delivery.Status.DEAD, "next_attempt_at": None}
    return {"status": Delivery.Status.FAILED, "next_attempt_at": now + wait_after(number)}


def wait_after(number: int) -> timedelta:
    """How long after a failed attempt the next one comes: 1, 2, 4, 8 minutes, an hour at most."""
    seconds = FIRST_WAIT_SECONDS * 2 ** (number - 1)
    return timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))


def _is_last(delivery: Delivery, number: int) -> bool:
    # of a test somebody waits for the outcome
    return number >= (1 if delivery.event_type == Event.TEST else MAX_ATTEMPTS)


def _note_receiver(delivery: Delivery, answer: Answer, number: int, now: datetime) -> None:
    """What is known of a receiver from its last answer. Mostly nothing changes."""
    receiver = Receiver.objects.filter(pk=delivery.receiver_id)
    is_slow = answer.milliseconds > SLOW_MILLISECONDS
    receiver.exclude(is_slow=is_slow).update(is_slow=is_slow)
    if answer.is_success:
        receiver.filter(dead_since__isnull=False).update(dead_since=None)
    elif _is_last(delivery, number) and delivery.event_type != Event.TEST:
        receiver.filter(dead_since=None).update(dead_since=now)
