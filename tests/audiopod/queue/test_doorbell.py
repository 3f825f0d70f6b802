"""What the doorbell builds on in Dramatiq, and that it rings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
import redis
from dramatiq import Worker

from audiopod.queue.doorbell import DoorbellBroker
from tests.harness.redis import Redis


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(Path(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def broker(redis_server: Redis) -> Iterator[DoorbellBroker]:
    client = redis.Redis.from_url(redis_server.url, socket_timeout=30)
    client.flushall()
    broker = DoorbellBroker(client=client, namespace="t", middleware=[])
    broker.emit_after("process_boot")
    yield broker
    broker.close()
    client.close()


def test_every_message_is_done_exactly_once(broker: DoorbellBroker) -> None:
    done: list[int] = []
    lock = threading.Lock()

    @dramatiq.actor(broker=broker, queue_name="q")
    def note(number: int) -> None:
        with lock:
            done.append(number)

    workers = [Worker(broker, worker_threads=2, worker_timeout=200) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(200):
        note.send(number)
    broker.join("q", timeout=20_000)
    for worker in workers:
        worker.stop()
    assert sorted(done) == list(range(200))


def test_an_idle_worker_wakes_for_a_message_instead_of_polling(broker: DoorbellBroker) -> None:
    """With a poll after seven seconds, only the bell can bring these through before."""
    done = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="q")
    def note() -> None:
        done.set()

    worker = Worker(broker, worker_threads=1, worker_timeout=7_000)
    worker.start()
    try:
        for _ in range(3):
            time.sleep(0.3)
            done.clear()
            note.send()
            assert done.wait(5), "the consumer slept through the bell"
    finally:
        note.send()  # so that it does not wait out its poll
        worker.stop()


def test_what_was_sent_while_nobody_listened_is_found(broker: DoorbellBroker) -> None:
    done: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="q")
    def note(number: int) -> None:
        done.append(number)

    for number in range(100):  # more than the bell keeps rings
        note.send(number)
    worker = Worker(broker, worker_threads=1, worker_timeout=200)
    worker.start()
    broker.join("q", timeout=20_000)
    worker.stop()
    assert done == list(range(100))


def test_the_bell_does_not_grow(broker: DoorbellBroker) -> None:
    @dramatiq.actor(broker=broker, queue_name="q")
    def note() -> None: ...

    for _ in range(300):
        note.send()
    assert broker.client.llen("t:__bell__.q") <= 64
