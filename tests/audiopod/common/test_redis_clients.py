"""Clients of a Redis that is started again while their connections lie in a pool."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from django.core.cache import caches

from accounts import limits
from audiopod.common import redis_clients
from tests.harness.redis import Redis

AT_ONCE = 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    started = Redis(tmp_path)
    started.start()
    yield started
    started.stop()


def restart(server: Redis) -> None:
    server.kill()
    server.start()


async def test_each_dead_connection_of_an_event_loop_is_replaced(server: Redis) -> None:
    client = redis.asyncio.Redis.from_url(server.url, **redis_clients.ASYNC_OPTIONS)
    async with client:
        await asyncio.gather(*(client.blpop(["none"], timeout=0.3) for _ in range(AT_ONCE)))
        await asyncio.to_thread(restart, server)
        assert await asyncio.gather(*(client.set(str(n), "1") for n in range(AT_ONCE)))


async def test_more_readers_may_wait_than_redis_py_has_connections(server: Redis) -> None:
    options = redis_clients.ASYNC_OPTIONS | {"socket_connect_timeout": 60}  # on a busy machine
    async with redis.asyncio.Redis.from_url(server.url, **options) as client:
        waits = [client.blpop(["none"], timeout=0.5) for _ in range(120)]
        assert set(await asyncio.gather(*waits)) == {None}


def test_each_dead_connection_of_threads_is_replaced(server: Redis) -> None:
    with redis.Redis.from_url(server.url, **redis_clients.OPTIONS) as client:
        waiting = [
            threading.Thread(target=client.blpop, args=(["none"],), kwargs={"timeout": 1})
            for _ in range(AT_ONCE)
        ]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()
        restart(server)
        assert all(client.set(str(number), "1") for number in range(AT_ONCE))


def test_a_command_that_dies_with_redis_is_sent_once_more(server: Redis) -> None:
    """Nothing is noticed before it is sent: the connection ends while the answer is awaited."""
    with redis.Redis.from_url(server.url, **redis_clients.OPTIONS) as client:
        took: list[Any] = []
        waiting = threading.Thread(target=lambda: took.append(client.blpop(["queue"], timeout=10)))
        waiting.start()
        with redis.Redis.from_url(server.url) as other:
            other.client_kill_filter(_type="normal", skipme=True)
            other.rpush("queue", "here")
        waiting.join(10)
        assert [value for _, value in took] == [b"here"]


def test_every_client_of_the_product_is_made_so(server: Redis, settings: Any) -> None:
    settings.REDIS_URL = server.url
    settings.CACHES = {
        "default": settings.CACHES["default"],
        "shared": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": server.url,
            "OPTIONS": redis_clients.OPTIONS,
        },
    }
    pools = [
        caches["shared"]._cache._get_connection_pool(write=True),  # type: ignore[attr-defined]
        limits._limiter(server.url).storage.storage.connection_pool,
    ]
    for pool in pools:
        assert pool.connection_kwargs["health_check_interval"] > 0
        assert pool.make_connection().retry.get_retries() == 1
    limits._limiter.cache_clear()
