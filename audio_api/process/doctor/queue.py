"""The queue: in this process, or Redis with workers that are heard of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings

from audio_api.channel.redis_stream import sync_client
from audio_api.process import answering, boot, port
from audio_api.process.doctor.clock import clock
from audio_api.process.doctor.finding import Finding, Verdict
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE

TOPIC = "queue"
ADVISED = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
"""What Redis is to be set to, so that it forgets no job."""


def look() -> Iterator[Finding]:
    yield _server()
    if not settings.REDIS_URL:
        says = "works in the web process, with threads of its own (REDIS_URL is not set)"
        yield Finding(topic=TOPIC, about="embedded", says=says)
        return
    parts = urlsplit(settings.REDIS_URL)
    about = f"Redis at {parts.hostname or parts.path}"
    answer = answering.redis_server()
    if answer != answering.OK:
        remedy = "Start it, or correct REDIS_URL."
        yield Finding(topic=TOPIC, about=about, says=answer, verdict=Verdict.BROKEN, remedy=remedy)
        return
    client = sync_client()
    yield Finding(topic=TOPIC, about=about, says="answers")
    yield from _keeping(client)
    seconds, micros = client.time()
    yield clock(TOPIC, "Redis", seconds + micros / 1e6 - time.time())
    yield from _workers(boot.workers_alive())


def _server() -> Finding:
    """Whether a server runs now. None has to: this is asked before it is started as well."""
    at = f"{settings.HOST}:{settings.PORT}"
    if not (settings.PORT.isdigit() and port.is_audiopod(settings.HOST, int(settings.PORT))):
        return Finding(topic=TOPIC, about="server", says=f"none runs at {at}")
    told = port.asked(settings.HOST, int(settings.PORT), "/readyz") or {}
    checks = "; ".join(f"{name}: {says}" for name, says in told.get("checks", {}).items())
    works = told.get("status") == answering.OK
    return Finding(
        topic=TOPIC,
        about="server",
        says=f"answers at {at} ({checks})",
        verdict=Verdict.FINE if works else Verdict.BROKEN,
        remedy="" if works else "Its log says more; `/readyz` tells when it is over.",
    )


def _keeping(client: redis.Redis) -> Iterator[Finding]:
    with suppress(redis.ResponseError):  # a service that lets nobody look
        for name, advised in ADVISED.items():
            found = client.config_get(name).get(name, advised)
            if found != advised:
                yield Finding(
                    topic=TOPIC,
                    about=name,
                    says=f"is {found!r}: Redis may forget jobs that wait",
                    verdict=Verdict.NOTE,
                    remedy=f"Set `{name} {advised}` in its configuration.",
                )


def _workers(alive: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    for name, told in alive.items():
        broken = "; ".join(f"{engine}: {why}" for engine, why in told["broken"].items())
        queues = ", ".join(f"{queue} ({count})" for queue, count in told["threads"].items())
        says = f"works on {queues} with {', '.join(told['engines']) or 'engines not tried'}"
        yield Finding(
            topic=TOPIC,
            about=f"worker {name}",
            says=f"{says}; {broken}" if broken else says,
            verdict=Verdict.BROKEN if broken else Verdict.FINE,
        )
    served = {queue for told in alive.values() for queue in told["threads"]}
    for queue in (INTERACTIVE, BATCH, BACKGROUND):
        if queue not in served:
            yield Finding(
                topic=TOPIC,
                about=queue,
                says="no worker takes its jobs",
                verdict=Verdict.BROKEN,
                remedy="Run `python -m dramatiq audio_api.worker --processes 1 --threads 1"
                f" -Q {queue}`.",
            )
