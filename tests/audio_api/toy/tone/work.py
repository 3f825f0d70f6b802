"""Ringing: sixteen bits, a thousand times a second."""

from __future__ import annotations

import math
import struct

from audio_api.channel import Result, Writer
from audio_api.jobs.delivery import deliver
from audio_api.jobs.leases import Lease
from audio_api.models import Job


def ring(job: Job, writer: Writer, lease: Lease) -> None:
    length, pitch = job.params["milliseconds"], job.params["pitch"]
    lease.check()
    waves = (math.sin(2 * math.pi * pitch * at / 1000) for at in range(length))
    data = b"".join(struct.pack("<h", round(20_000 * wave)) for wave in waves)
    writer.send(Result(data, "audio/pcm", audio_ms=length))
    deliver(job, writer, lease)
