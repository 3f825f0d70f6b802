"""A transcript, waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from django.http import HttpResponse

from audio_api.channel import ChannelSilent, Event, Failed, Reader, Result
from audio_api.models import Job
from audio_api.relay.line import closed, nobody_answered, problem_of, silence_seconds


async def relay_transcript(job: Job, reader: Reader) -> HttpResponse:
    """Wait for the transcript. Raises Problem when there is none."""
    events = reader.events(silence_seconds=silence_seconds(job))
    result: Result | None = None
    try:
        result = await _result(events)
    finally:
        await closed(job.id, reader, cancelled=result is None)
    return HttpResponse(
        result.data,
        content_type=result.content_type,
        headers={
            "x-audiopod-cost-usd": f"{result.cost_micros / 1_000_000:.6f}",
            "x-audiopod-balance-usd": f"{result.balance_micros / 1_000_000:.6f}",
        },
    )


async def _result(events: AsyncIterator[Event]) -> Result:
    """The transcript, after any signs of life. Raises Problem."""
    with suppress(ChannelSilent):
        async for event in events:
            match event:
                case Result():
                    return event
                case Failed():
                    raise problem_of(event)
    raise nobody_answered()
