"""What every client of Redis here is made with, so that a restart of Redis is no error.

A connection that ended with the old process is noticed when it is taken from the pool, or by the
command that meets it, which is then sent once more over a new one. A Redis that is away for longer
is still refused at once: who can wait does so by `audio_api.channel.outages`.
"""

from __future__ import annotations

from typing import Any

import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

MAX_CONNECTIONS = 10_000
"""Of a pool. Each reader of a channel has one while it waits; redis-py would refuse the 101st."""

OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "health_check_interval": 15,
    # a command that took too long is not sent again: a Redis that is stuck must not cost twice
    "retry": Retry(NoBackoff(), 1, (redis.ConnectionError,)),
    # redis-py asks for notices of clusters, and then takes the end of a connection for one: its
    # asynchronous pool hands dead connections out
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    "max_connections": MAX_CONNECTIONS,
}
ASYNC_OPTIONS: dict[str, Any] = OPTIONS | {
    "retry": AsyncRetry(NoBackoff(), 1, (redis.ConnectionError,))
}
