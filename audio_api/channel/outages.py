"""A channel through a Redis that goes away for a moment, and perhaps comes back empty.

Both ends ask again for as long as a client can be expected to wait. So something may be sent twice,
and what was sent and not yet read is lost with a Redis that kept nothing: what cannot be taken back
is numbered, and the reader drops the one and notices the other.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from audio_api.channel.base import Audio, ChannelBroken, Delta, Event, Failed

P = ParamSpec("P")
R = TypeVar("R")

OUTAGE_SECONDS = 20.0
"""How long both ends wait for a Redis that is away, before the job or its client is given up."""
AGAIN_SECONDS = 0.2
_FOR_EVER = -1
_AWAY = (redis.ConnectionError, redis.TimeoutError, TimeoutError)


def through_outages(call: Callable[P, R]) -> Callable[P, R]:
    """`call`, which does no harm when it is made twice, made again while Redis is away."""

    @wraps(call)
    def patient(*args: P.args, **kwargs: P.kwargs) -> R:
        retry = Retry(ConstantBackoff(AGAIN_SECONDS), _FOR_EVER, _AWAY)
        return retry.call_with_retry(lambda: call(*args, **kwargs), _until_too_late())

    return patient


def awaited_through_outages(
    call: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """The same on the event loop."""

    @wraps(call)
    async def patient(*args: P.args, **kwargs: P.kwargs) -> R:
        failed = _until_too_late()

        async def failed_so(error: Exception) -> None:
            failed(error)

        retry = AsyncRetry(ConstantBackoff(AGAIN_SECONDS), _FOR_EVER, _AWAY)  # type: ignore[arg-type]
        return await retry.call_with_retry(lambda: call(*args, **kwargs), failed_so)

    return patient


def _until_too_late() -> Callable[[Exception], None]:
    give_up_at = time.monotonic() + OUTAGE_SECONDS

    def failed(error: Exception) -> None:
        if time.monotonic() > give_up_at:
            raise error

    return failed


class Numbers:
    """Says with each event which writer it comes from, and how much output that has sent so far."""

    def __init__(self) -> None:
        self._writer = uuid.uuid4().hex
        self._outputs = 0

    def of(self, event: Event) -> bytes:
        self._outputs += is_output(event)
        return f"{self._writer} {self._outputs}".encode()


class Order:
    """Compares the numbers with what has arrived."""

    def __init__(self) -> None:
        self._writer = b""
        self._outputs = 0

    def is_new(self, event: Event, number: bytes) -> bool:
        """False for output that came before. Raises ChannelBroken where output is missing, or comes
        from a second worker after that of a first one, which began anew."""
        writer, _, count = number.partition(b" ")
        outputs = int(count)
        if isinstance(event, Failed) or not outputs:
            return True
        if not self._outputs:
            self._writer = writer
        if writer != self._writer or outputs > self._outputs + is_output(event):
            raise ChannelBroken
        if is_output(event) and outputs <= self._outputs:
            return False
        self._outputs = max(outputs, self._outputs)
        return True


def is_output(event: Event) -> bool:
    """Whether it reaches the client at once and can't be taken back."""
    return isinstance(event, Audio | Delta)
