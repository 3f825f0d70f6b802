"""Jobs that are over, without what was said in them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import ApiKey, User
from audio_api.models import Job
from audio_api.registry import Sample, Service
from audiopod.common.money import cost_micros
from wallet.offers import Basis

STATUSES = ((Job.Status.SUCCEEDED, 960), (Job.Status.FAILED, 24), (Job.Status.CANCELLED, 16))
ERRORS = (
    ("engine_error", "The server had an error while processing your request.", 8),
    ("queue_timeout", "The server is too busy: no worker became free in time.", 5),
    ("worker_lost", "The worker of this request was lost.", 3),
    ("unspeakable_input", "There is nothing in this text that can be spoken.", 4),
)
LONGEST_SECONDS = 3 * 3600.0
WAIT_SECONDS = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that calls at some times and for some things; None: the playground."""

    key: ApiKey | None
    weight: int
    services: Sequence[Service]
    first: datetime | None = None
    last: datetime | None = None

    def calls_at(self, moment: datetime) -> bool:
        begun = self.first is None or self.first <= moment
        return begun and (self.last is None or moment <= self.last)


def pick(random: Random, weighted: Any) -> Any:
    """One of pairs of a thing and its weight."""
    things, weights = zip(*weighted, strict=True)
    return random.choices(things, weights)[0]


class Jobs:
    """Makes the jobs of an account, one after the other, out of one stream of chance."""

    def __init__(
        self,
        random: Random,
        user: User,
        callers: list[Caller],
        voices: list[tuple[str, int]],
        prices: dict[str, int],
    ) -> None:
        self.random = random
        self.user = user
        self.callers = callers
        self.voices = voices
        self.prices = prices

    def at(self, moment: datetime) -> Job:
        """A request of a moment, which has ended."""
        calling = [(one, one.weight) for one in self.callers if one.calls_at(moment)]
        caller: Caller = pick(self.random, calling)
        service: Service = pick(self.random, [(one, one.sample.share) for one in caller.services])
        job = Job(
            id=self._uuid(),
            user=self.user,
            api_key=caller.key,
            request_id=f"req_{self._uuid().hex}",
            kind=service.kind,
            model=pick(self.random, service.sample.models),
            price_micros_per_minute=self.prices[service.kind],
            created_at=moment,
            queue_deadline=moment + WAIT_SECONDS,
            status=pick(self.random, STATUSES),
        )
        if service.has_voices:
            job.voice_name = pick(self.random, self.voices)
        self._measure(job, service, self._audio_ms(service.sample))
        return job

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def _audio_ms(self, sample: Sample) -> int:
        seconds = self.random.lognormvariate(math.log(sample.median_seconds), sample.spread)
        return round(min(LONGEST_SECONDS, max(0.6, seconds)) * 1000)

    def _measure(self, job: Job, service: Service, audio_ms: int) -> None:
        """How long it took, what of it was charged for, and what had been held."""
        random = self.random
        is_guessed = service.offer.basis is Basis.OUTPUT
        most_ms = round(audio_ms * random.uniform(1.2, 1.8)) if is_guessed else audio_ms
        job.held_micros = max(1, cost_micros(most_ms, job.price_micros_per_minute))
        job.params = {"response_format": pick(random, service.sample.formats)}
        if not is_guessed:
            job.params["seconds"] = audio_ms / 1000
        if job.status == Job.Status.FAILED:
            audio_ms = 0
            job.error_code, job.error_message = pick(random, [((c, m), w) for c, m, w in ERRORS])
        elif job.status == Job.Status.CANCELLED:
            audio_ms = round(audio_ms * random.random()) if is_guessed else 0
        job.audio_ms = audio_ms
        job.cost_micros = cost_micros(audio_ms, job.price_micros_per_minute)
        self._time(job, service.sample.speed)

    def _time(self, job: Job, speed: float) -> None:
        random, never_taken = self.random, job.error_code == "queue_timeout"
        if never_taken:
            job.finished_at = job.queue_deadline + timedelta(seconds=random.uniform(0, 10))
            return
        job.attempt = 1
        job.started_at = job.created_at + timedelta(seconds=0.01 + random.expovariate(8))
        worked = job.audio_ms / 1000 / (speed * random.uniform(0.7, 1.3))
        first = min(worked, 0.08 + random.expovariate(7))
        if job.audio_ms:
            job.first_byte_at = job.started_at + timedelta(seconds=first)
        job.finished_at = job.started_at + timedelta(seconds=worked + random.uniform(0.05, 0.4))
