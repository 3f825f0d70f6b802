"""The actors of jobs. Arguments are ids."""

from __future__ import annotations

import uuid

import dramatiq

from audio_api.jobs import attempts, delivery
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, NO_AGE_MS, broker


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def run_interactive(job_id: str) -> None:
    attempts.run(uuid.UUID(job_id))


@dramatiq.actor(broker=broker, queue_name=BATCH)
def run_batch(job_id: str) -> None:
    attempts.run(uuid.UUID(job_id))


@dramatiq.actor(broker=broker, queue_name=BACKGROUND, max_age=NO_AGE_MS)
def run_detached(job_id: str) -> None:
    attempts.run(uuid.UUID(job_id))


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def settle_delivered(job_id: str) -> None:
    delivery.settle_delivered(uuid.UUID(job_id))
