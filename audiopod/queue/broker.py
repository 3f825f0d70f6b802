"""The Dramatiq broker: Redis when `REDIS_URL` is set, else inside the process."""

from __future__ import annotations

from typing import Any

import dramatiq
import redis
from django.conf import settings
from django.db import close_old_connections
from dramatiq import Broker, Middleware
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Retries, ShutdownNotifications

from audiopod.common import redis_clients
from audiopod.queue.doorbell import DoorbellBroker

INTERACTIVE = "interactive"
BATCH = "batch"
BACKGROUND = "background"
"""Jobs that nobody waits for: as many and as long as they are, they hinder no one."""
WEBHOOKS = "webhooks"
WEBHOOKS_SLOW = "webhooks_slow"
"""Events for the world outside, and those for receivers that take their time. Both have threads of
their own, which wait for others' servers and hold up no job."""

NO_AGE_MS = 10 * 365 * 86_400_000
"""Of messages that are never dropped for their age."""

HEARTBEAT_MS = 15_000
"""A worker process silent for so long is dead, and its messages go to another."""

ALWAYS = 100_000
"""Look for dead workers at one command in ten; Dramatiq's default is one in a thousand."""


class DatabaseConnections(Middleware):
    """Closes what a worker thread's job leaves open, as Django does after a request."""

    def before_process_message(self, broker: Broker, message: Any) -> None:
        close_old_connections()

    def after_process_message(
        self,
        broker: Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        close_old_connections()


def _middleware() -> list[Middleware]:
    """No TimeLimit: it can't interrupt an engine. Leases end what hangs."""
    waits = max(settings.QUEUE_WAIT_SECONDS, settings.BATCH_WAIT_SECONDS)
    return [
        AgeLimit(max_age=(waits + 600) * 1000),
        ShutdownNotifications(),
        Retries(max_retries=0),
        DatabaseConnections(),
    ]


def _make() -> Broker:
    if not settings.REDIS_URL:
        return StubBroker(middleware=_middleware())
    # seconds: longer than a consumer waits at its bell
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, **redis_clients.OPTIONS)
    return DoorbellBroker(  # type: ignore[no-untyped-call]
        client=client,
        namespace="ap",
        heartbeat_timeout=HEARTBEAT_MS,
        maintenance_chance=ALWAYS,
        middleware=_middleware(),
    )


def messages(queue: str) -> int:
    """How many messages wait in a queue. Raises redis.RedisError."""
    if isinstance(broker, DoorbellBroker):
        return int(broker.client.llen(f"{broker.namespace}:{queue}"))
    own = broker.queues.get(queue) if isinstance(broker, StubBroker) else None
    return own.qsize() if own else 0


broker = _make()
dramatiq.set_broker(broker)
