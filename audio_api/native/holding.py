"""Answers about open jobs that are held until the job ends.

AudioPod's client asks at once and then every few seconds, so that a job of one second takes it as
long as five. An answer that is held comes the moment the job is over. Whoever waits costs neither
a thread nor a query of their own: one query looks after all jobs that are waited for in a process.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from audio_api.models import Job
from audiopod.common.threads import off_loop

log = logging.getLogger(__name__)

CLIENT = "audiopod-"
"""How AudioPod's client begins its User-Agent."""
CLIENT_SECONDS = 10
"""It gives an answer up after 30."""
MAX_SECONDS = 30
LOOK_SECONDS = 0.3


class WaitQuerySerializer(serializers.Serializer[dict[str, int]]):
    """wait: seconds, for clients that do not say by their User-Agent that they wait."""

    wait = serializers.IntegerField(min_value=0, max_value=MAX_SECONDS, required=False)


def seconds_asked(request: Request) -> int:
    """How long an answer may be held; 0 for not at all. Raises ValidationError."""
    query = WaitQuerySerializer(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    its_own = request.headers.get("User-Agent", "").lower().startswith(CLIENT)
    seconds: int = query.validated_data.get("wait", CLIENT_SECONDS if its_own else 0)
    return seconds


async def until_over(job_id: uuid.UUID, seconds: float) -> None:
    """Return when a job is over, after so many seconds, or at once where too many wait."""
    loop = asyncio.get_running_loop()
    watch = _watches.setdefault(loop, Watch())
    await watch.wait(job_id, seconds)


class Watch:
    """Looks after the jobs that requests of one event loop wait for."""

    def __init__(self) -> None:
        self._waiting: dict[uuid.UUID, set[asyncio.Event]] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def held(self) -> int:
        """How many requests wait."""
        return sum(len(events) for events in self._waiting.values())

    async def wait(self, job_id: uuid.UUID, seconds: float) -> None:
        if self.held >= settings.MAX_HELD_ANSWERS:
            return
        is_over = asyncio.Event()
        self._waiting.setdefault(job_id, set()).add(is_over)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await is_over.wait()
        except TimeoutError:
            pass
        finally:
            events = self._waiting[job_id]
            events.discard(is_over)
            if not events:
                del self._waiting[job_id]

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                over = await off_loop(_over)(list(self._waiting))
            except Exception:  # the database is away: those who wait are answered in time
                log.exception("nobody can be told which jobs are over")
                continue
            for job_id in over:
                for event in self._waiting.get(job_id, ()):
                    event.set()


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def _over(job_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the jobs that are over, or that are no more."""
    asked = set(job_ids)
    still_open = Job.objects.open().filter(pk__in=asked).values_list("pk", flat=True)
    return asked - set(still_open)
