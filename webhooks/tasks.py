"""The actors of deliveries. Each receiver is looked after in one of two queues, whose threads are
their own: one that is slow holds threads for the slow, and never those for the quick.

A message says that a receiver may have something to be sent. The rows are the truth: a message that
is lost costs a few seconds, and one too many finds nothing to do.
"""

from __future__ import annotations

import logging

import dramatiq

from audiopod.queue.broker import WEBHOOKS, WEBHOOKS_SLOW, broker
from webhooks import serving
from webhooks.models import Receiver

log = logging.getLogger(__name__)

QUEUES = (WEBHOOKS, WEBHOOKS_SLOW)
STALE_MS = 60_000
"""A message that has waited for so long is dropped: the beat has sent others."""


@dramatiq.actor(broker=broker, queue_name=WEBHOOKS, max_age=STALE_MS)
def deliver(receiver_id: int) -> None:
    if receiver := serving.serve(receiver_id, slowly=False):
        ring(receiver)


@dramatiq.actor(broker=broker, queue_name=WEBHOOKS_SLOW, max_age=STALE_MS)
def deliver_slowly(receiver_id: int) -> None:
    if receiver := serving.serve(receiver_id, slowly=True):
        ring(receiver)


def ring(receiver: Receiver) -> None:
    """Wake a worker for a receiver. Raises nothing: the beat rings again."""
    actor = deliver_slowly if receiver.is_slow else deliver
    try:
        actor.send(receiver.pk)
    except Exception:  # whatever the broker raises
        log.exception("receiver %s waits for the beat", receiver.pk)
