"""Workers inside the web process, for a server that is one process and nothing else."""

from __future__ import annotations

import threading

from django.conf import settings
from django.db import connection
from dramatiq import Worker
from filelock import FileLock, Timeout

from audio_api.jobs import sweeper
from audio_api.process import boot
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, broker

_workers: dict[str, Worker] = {}
_alone = FileLock(settings.DATA_DIR / "serving.lock", thread_local=False)


def start() -> None:
    """Start the workers and load their engines in the background. Nothing with Redis."""
    if settings.REDIS_URL:
        return
    if _is_alone():
        sweeper.abandon_all()
        sweeper.resume_detached()
        connection.close()
    boot.start_sweeping()
    boot.senders.start()
    threading.Thread(target=_load_and_work, name="load-engines", daemon=True).start()


def _is_alone() -> bool:
    """Whether no other embedded server uses this DATA_DIR; says so to those that start later."""
    try:
        _alone.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _load_and_work() -> None:
    boot.load_engines()
    threads = {
        INTERACTIVE: settings.INTERACTIVE_WORKERS,
        BATCH: settings.BATCH_WORKERS,
        BACKGROUND: settings.BACKGROUND_WORKERS,
    }
    for queue, count in threads.items():
        worker = Worker(broker, queues={queue}, worker_threads=count)
        worker.start()
        _workers[queue] = worker


def threads() -> dict[str, int]:
    """How many threads of this process work on each queue; none before the engines are loaded."""
    return {queue: worker.worker_threads for queue, worker in _workers.items()}


def stop() -> None:
    """Let running jobs end, as far as the server's own patience goes."""
    if settings.REDIS_URL:
        return
    boot.senders.stop()
    for worker in _workers.values():
        worker.stop(timeout=20_000)
    _workers.clear()
    boot.stop()
    _alone.release()
