"""The hatch: what the front half can ask of the back half. Arguments are ids."""

from __future__ import annotations

import uuid

import dramatiq

from audio_api import runner
from audiopod.queue.broker import BATCH, INTERACTIVE, broker


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def run_interactive(job_id: str) -> None:
    runner.run(uuid.UUID(job_id))


@dramatiq.actor(broker=broker, queue_name=BATCH)
def run_batch(job_id: str) -> None:
    runner.run(uuid.UUID(job_id))


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def settle_delivered(job_id: str) -> None:
    runner.settle_delivered(uuid.UUID(job_id))
