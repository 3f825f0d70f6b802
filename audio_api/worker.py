"""A worker process: `python -m dramatiq audio_api.worker --processes 1 --threads 2`.

`--queues interactive`, `--queues batch` or `--queues background` keeps it to short work, to long
work or to jobs that nobody waits for. Whoever does the last of these sends the events of webhooks
as well, in threads of their own; `--queues webhooks` does nothing else, and needs no engine. Run
one process per supervised unit: when one of several dies, Dramatiq's master stops them all.
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
from audiopod.queue.broker import BACKGROUND, broker
from voices import tasks as voice_tasks
from webhooks import tasks as webhook_tasks

__all__ = ["broker", "tasks", "voice_tasks", "webhook_tasks"]


NO_QUEUE = frozenset({"none"})
"""What a worker listens to that only sends events: of an empty set Dramatiq would make all."""


class Boot(Middleware):
    """Sweeps while the worker lives, and loads the engines before the first message is taken."""

    def before_worker_boot(self, broker: Broker, worker: Any) -> None:
        if worker in boot.senders:
            return
        # Taking more than there are threads for makes jobs wait here while another worker idles.
        worker.queue_prefetch = worker.worker_threads
        boot.start_sweeping()  # first: what a killed worker has left does not wait for engines
        wanted = set(worker.consumer_whitelist or broker.get_declared_queues())
        events = {*webhook_tasks.QUEUES}
        # whoever is slow to take an event takes no thread from a job
        worker.consumer_whitelist = wanted - events or NO_QUEUE
        if wanted & {BACKGROUND, *events}:
            boot.senders.start()
        if wanted - events:
            boot.load_engines()
            # the threads of a worker are for any of its queues
            boot.announce(dict.fromkeys(sorted(wanted - events), worker.worker_threads))

    def before_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        if worker not in boot.senders:
            boot.senders.stop()
            boot.stop()


broker.add_middleware(Boot())
