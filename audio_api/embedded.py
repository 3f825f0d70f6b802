"""Workers inside the web process, for a server that is one process and nothing else."""

from __future__ import annotations

import threading

from django.conf import settings
from dramatiq import Worker

from audio_api import boot
from audio_api.broker import BATCH, INTERACTIVE, broker

_workers: list[Worker] = []


def start() -> None:
    """Start the workers and load their engines in the background. Nothing with Redis."""
    if settings.REDIS_URL:
        return
    boot.start_sweeping()
    threading.Thread(target=_load_and_work, name="load-engines", daemon=True).start()


def _load_and_work() -> None:
    boot.load_engines()
    threads = {INTERACTIVE: settings.INTERACTIVE_WORKERS, BATCH: settings.BATCH_WORKERS}
    for queue, count in threads.items():
        worker = Worker(broker, queues={queue}, worker_threads=count)
        worker.start()
        _workers.append(worker)


def stop() -> None:
    """Let running jobs end, as far as the server's own patience goes."""
    if settings.REDIS_URL:
        return
    for worker in _workers:
        worker.stop(timeout=20_000)
    _workers.clear()
    boot.stop()
