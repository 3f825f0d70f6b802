"""What a process that works does when it starts: load the engines, test them, keep house."""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
import threading
import time
from typing import Any

import redis
from django.conf import settings
from dramatiq import Worker

from audio.engines import memory, status
from audio.engines.noise import trial
from audio.engines.selftest import self_test
from audio.engines.speech import heteronyms
from audio_api.channel.redis_stream import sync_client
from audio_api.jobs import chores
from audio_api.jobs.sweeper import Sweeper
from audio_api.process import idle, sqlite_stats
from audiopod.queue.broker import broker
from voices import tasks
from wallet import billing
from webhooks import beat
from webhooks import tasks as webhook_tasks

log = logging.getLogger(__name__)

ALIVE_SECONDS = 15
MEASURE_SECONDS = 60
"""Between two looks for voices that nobody has measured."""
WORKERS_KEY = "ap:workers"
SENDING_MS = 12_000
"""What an attempt to send an event takes at most, and writing down its outcome."""

ready = threading.Event()
"""Set when the engines of this process have been loaded and tested, well or not."""


def load_engines() -> None:
    """Load and self-test every engine that is installed; those that fail refuse work."""
    if settings.PRELOAD_ENGINES:
        for test in (*self_test(), *trial.self_test()):
            status.mark(test.engine, ok=test.ok, detail=test.detail)
            level = logging.INFO if test.ok else logging.ERROR
            log.log(level, "%s: %s (%.1f s)", test.engine, test.detail, test.seconds)
        # one that fails its trial has been logged, and takes no work from the English voices
        if heteronyms.is_active():
            status.mark("heteronyms", ok=True)
            log.info("heteronyms: English words of several sounds are told apart")
    # What is loaded stays: keep it out of every later collection, which holds the GIL.
    gc.collect()
    gc.freeze()
    memory.give_back()
    ready.set()


class Presence:
    """Tells the web processes, through Redis, that this worker is alive and what it can do."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._since = time.time()
        self._threads: dict[str, int] = {}
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self, threads: dict[str, int]) -> None:
        self._threads = threads
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while True:
            self._tell()
            if self._over.wait(ALIVE_SECONDS / 3 if ready.is_set() else 0.5):
                return

    def _tell(self) -> None:
        if not ready.is_set():
            return
        report = {
            "until": time.time() + ALIVE_SECONDS,
            "since": self._since,
            "threads": self._threads,
            "engines": status.working(),
            "broken": status.broken(),
        }
        try:
            sync_client().hset(WORKERS_KEY, self._name, json.dumps(report))
        except redis.RedisError:
            log.warning("Redis does not answer; trying again")


def workers_alive() -> dict[str, dict[str, Any]]:
    """Workers heard of lately: name -> what it told: `since` when it lives and `until` when it is
    believed to, in seconds of Unix time; its `threads` for each queue; the `engines` that work,
    and the `broken` ones with the reason."""
    client, now = sync_client(), time.time()
    alive: dict[str, dict[str, Any]] = {}
    for name, report in client.hgetall(WORKERS_KEY).items():
        told = json.loads(report)
        if told["until"] > now:
            alive[name.decode() if isinstance(name, bytes) else name] = told
        else:
            client.hdel(WORKERS_KEY, name)
    return alive


_sweeper = Sweeper()
_billing = billing.rounds()
_beat = beat.rounds()
_presence = Presence()


def start_sweeping() -> None:
    """Sweep, bill and see to webhooks, each in a thread of its own: some wait for Stripe and for
    mail servers."""
    chores.add(
        chores.Chore(
            name="statistics of SQLite",
            run=sqlite_stats.refresh,
            every_seconds=sqlite_stats.REFRESH_SECONDS,
        )
    )
    if settings.PRELOAD_ENGINES:  # else no engine is loaded before a job asks for it
        chores.add(
            chores.Chore(
                name="voices to measure",
                run=tasks.ask_to_measure,
                every_seconds=MEASURE_SECONDS,
            )
        )
    if settings.ENGINE_IDLE_SECONDS:
        # at every turn: what is done now and then is done by one of all processes
        chores.add(chores.Chore(name="idle engines", run=idle.unload))
    _sweeper.start()
    _billing.start()
    _beat.start()


class Senders:
    """The threads that send events of webhooks. They wait for others' servers, and so are none of
    those that work on jobs; and they need nothing that is loaded here."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []

    def __contains__(self, worker: object) -> bool:
        return worker in self._workers

    def start(self) -> None:
        for queue in webhook_tasks.QUEUES:
            worker = Worker(broker, queues={queue}, worker_threads=settings.WEBHOOK_WORKERS)
            self._workers.append(worker)
            worker.start()

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop(timeout=SENDING_MS)
        self._workers.clear()


senders = Senders()


def announce(threads: dict[str, int]) -> None:
    """Tell that this worker is there, with so many threads for each queue."""
    _presence.start(threads)


def stop() -> None:
    _sweeper.stop()
    _billing.stop()
    _beat.stop()
    _presence.stop()
