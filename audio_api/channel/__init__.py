"""The channel between the worker, which sends, and the web process, which reads.

One channel per job, kept by job id. `Writer` is synchronous and used in a worker's thread; `Reader`
is asynchronous and used on the event loop. The reader also sends the writer how much audio it
has passed on, and that it has gone: that is what decides what a client pays for.

`open_reader` and `open_writer` choose by `REDIS_URL`: a Redis Stream, or the same in memory.
"""

from __future__ import annotations

import uuid

from django.conf import settings

from audio_api.channel.base import (
    Audio,
    ChannelBroken,
    ChannelCut,
    ChannelSilent,
    Delta,
    Event,
    Failed,
    Finished,
    Produced,
    Progress,
    Reader,
    ReaderGone,
    Result,
    Writer,
)
from audio_api.channel.memory import MemoryReader, MemoryWriter
from audio_api.channel.redis_stream import RedisReader, RedisWriter

__all__ = [
    "Audio",
    "ChannelBroken",
    "ChannelCut",
    "ChannelSilent",
    "Delta",
    "Event",
    "Failed",
    "Finished",
    "Produced",
    "Progress",
    "Reader",
    "ReaderGone",
    "Result",
    "Writer",
    "open_reader",
    "open_writer",
]


def open_reader(job_id: uuid.UUID) -> Reader:
    """The web's end. Open it before the job is enqueued, or the first events may be lost."""
    return RedisReader(job_id) if settings.REDIS_URL else MemoryReader(job_id)


def open_writer(job_id: uuid.UUID) -> Writer:
    """The worker's end."""
    return RedisWriter(job_id) if settings.REDIS_URL else MemoryWriter(job_id)
