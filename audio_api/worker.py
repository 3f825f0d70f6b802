"""A worker process: `python -m dramatiq audio_api.worker --processes 1 --threads 2`.

`--queues interactive`, `--queues batch` or `--queues background` keeps it to short work, to long
work or to jobs that nobody waits for. Run one process per supervised unit: when one of several
dies, Dramatiq's master stops them all.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")

import django

django.setup()

from dramatiq import Broker, Middleware

from audio_api.jobs import tasks
from audio_api.process import boot
from audiopod.queue.broker import broker
from voices import tasks as voice_tasks

__all__ = ["broker", "tasks", "voice_tasks"]


class Boot(Middleware):
    """Sweeps while the worker lives, and loads the engines before the first message is taken."""

    def before_worker_boot(self, broker: Broker, worker: Any) -> None:
        # Taking more than there are threads for makes jobs wait here while another worker idles.
        worker.queue_prefetch = worker.worker_threads
        boot.start_sweeping()  # first: what a killed worker has left does not wait for engines
        boot.load_engines()
        boot.announce(dict.fromkeys(_queues(worker), worker.worker_threads))

    def before_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        boot.stop()


def _queues(worker: Any) -> list[str]:
    """Those that `--queues` names, or all. The threads of a worker are for any of them."""
    return sorted(worker.consumer_whitelist or broker.get_declared_queues())


broker.add_middleware(Boot())
