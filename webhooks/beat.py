"""What happens to webhooks by itself: what is due is sent, owners are told, old rows are erased.

Every process that works has a beat. Each step of it may be taken by any number at once.
"""

from __future__ import annotations

from datetime import timedelta

import redis
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from audiopod.common.rounds import Rounds, take
from audiopod.queue.broker import WEBHOOKS, WEBHOOKS_SLOW, messages
from webhooks import endpoints, mails, tasks
from webhooks.models import Delivery, Receiver

MAX_RECEIVERS = 500
"""So many are rung for at a time."""
MAX_WAITING = 100
"""With more messages in a queue, nothing is added: each would only be dropped as stale."""
ERASE_SECONDS = 600
BATCH_SIZE = 1_000
ERASING = "webhooks-erased-lately"


def beat() -> None:
    """One round; what fails in it is logged and keeps nothing else from being done."""
    take("webhooks", (ring_for_due, mails.send_due, _erase_in_turn))


def ring_for_due() -> int:
    """Wake workers for what is due: retries, and what a lost message or worker has left behind.

    Returns for how many receivers.
    """
    due = Delivery.objects.due(timezone.now()).values("receiver_id")
    rung = 0
    for receiver in Receiver.objects.filter(pk__in=due)[:MAX_RECEIVERS]:
        if _has_room(WEBHOOKS_SLOW if receiver.is_slow else WEBHOOKS):
            tasks.ring(receiver)
            rung += 1
    return rung


def _has_room(queue: str) -> bool:
    try:
        return messages(queue) < MAX_WAITING
    except redis.RedisError:
        return False


def _erase_in_turn() -> None:
    """By the process that comes first, every now and then."""
    if cache.add(ERASING, value=True, timeout=ERASE_SECONDS):
        erase_old()


def erase_old() -> int:
    """Erase what the log has had for `WEBHOOK_LOG_DAYS`. Returns how many deliveries."""
    now = timezone.now()
    endpoints.forget_removed(now)
    old = Delivery.objects.filter(created_at__lt=now - timedelta(days=settings.WEBHOOK_LOG_DAYS))
    erased = 0
    while batch := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH_SIZE]):
        Delivery.objects.filter(pk__in=batch).delete()
        erased += len(batch)
    return erased


def rounds() -> Rounds:
    """A thread that beats every `SWEEP_SECONDS` until stopped."""
    return Rounds("webhooks", beat, seconds=lambda: settings.SWEEP_SECONDS)
