"""What every relay does with its channel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import TypeVar

from audio_api.channel import ChannelCut, ChannelSilent, Event, Failed, Finished
from audio_api.channel.receipt import Receipt
from audiopod.common.problem import SERVER_ERROR, Problem, unavailable
from audiopod.common.threads import off_loop

T = TypeVar("T")

NOT_BUFFERED = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
"""Headers of a response that has to leave as it is made."""


SETTLE_SECONDS = 10.0
"""How long a finished response waits for its settlement before it ends all the same."""


LOOP_TURNS = 8
"""From a connection's end to the cancellation of what is sent over it; four were counted."""


def nobody_answered() -> Problem:
    return unavailable("No worker answered in time.")


def too_slow() -> Problem:
    return unavailable("Nothing was taken of the stream for too long, so it was ended.")


def problem_of(event: Failed) -> Problem:
    if event.status >= 500:
        return Problem(event.message, status=event.status, type=SERVER_ERROR)
    return Problem(event.message, status=event.status, code=event.code, param="input")


async def continued(first: T, rest: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """What was waited for, to know the status of the response, and what follows it.

    What has been started, as `rest` was, is finished by the event loop, even if nobody ever
    iterates it because the client leaves before the response begins; a fresh generator would just
    vanish.
    """
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


def pieces_of(
    data: bytes, most_bytes: int, after_ms: int, until_ms: int
) -> Iterator[tuple[bytes, int]]:
    """What is sent at once, in pieces that a connection takes at once, so that of what counts as
    sent at most such a piece waits behind it; and up to which millisecond each is to be paid.

    after_ms, until_ms: where it begins and ends in what is paid for.
    """
    size, length_ms = len(data), until_ms - after_ms
    for start in range(0, max(size, 1), most_bytes):
        end = min(start + most_bytes, size)
        yield data[start:end], after_ms + (length_ms * end // size if size else length_ms)


async def closed(job_id: uuid.UUID, receipt: Receipt, *, settle: Callable[[str], object]) -> None:
    """Close the channel even while this request is being cancelled.

    settle: asks for the settlement of a job, by its id, whose worker has left that to the reader.
    """
    await asyncio.shield(_close(job_id, receipt, settle))


async def _close(job_id: uuid.UUID, receipt: Receipt, settle: Callable[[str], object]) -> None:
    try:
        with suppress(ChannelCut):
            await receipt.tell()
    finally:  # a reader that is not closed says for ever that it reads
        is_left_to_us = await receipt.reader.close(cancelled=not receipt.has_arrived())
    if is_left_to_us:
        await off_loop(settle)(str(job_id))


async def settled(events: AsyncIterator[Event]) -> None:
    """Wait for the settlement of what has arrived, so that the balance a client reads next is the
    new one."""
    with suppress(ChannelSilent, TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            async for event in events:
                if isinstance(event, Finished | Failed):
                    return


async def departure_is_known() -> None:
    """Give the event loop the turns that it needs to cancel this when the client has left.

    To send to a connection that is gone succeeds at once: without this, before each piece,
    everything that waits would count as sent before anybody could say otherwise.
    """
    for _ in range(LOOP_TURNS):
        await asyncio.sleep(0)
