"""Decode an upload, whatever it is, to the raw PCM that an engine listens to.

The whole file is decoded before anything is paid for: only decoded samples tell its length. The
work is done in a confined process (`fork_server.py`); here the file is only looked at for the few
bytes that tell its format.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audio.codecs.decoder_process import decoder_process
from audio.codecs.sniff import sniff
from audio.codecs.verdict import (
    PCM_BYTES_PER_SAMPLE,
    DecodedAudio,
    DecodeError,
    DecodeLimits,
    DecodeReason,
    Sound,
    Wanted,
)

__all__ = ["DecodeError", "DecodeLimits", "DecodeReason", "DecodedAudio", "decode", "decode_async"]

_ANSWER_BYTES = 4096
_DEFAULT_LIMITS = DecodeLimits()
_THE_USUAL = Wanted()


def decode(
    source: Path,
    output: Path,
    *,
    limits: DecodeLimits = _DEFAULT_LIMITS,
    wanted: Wanted = _THE_USUAL,
) -> DecodedAudio:
    """Decode the audio file `source` into `output`, which is made or overwritten.

    Raises DecodeError, and leaves no `output` then. OSError when `source` can't be read or
    `output` not be made.
    """
    with _submitted(source, output, limits, wanted) as job:
        job.reply.settimeout(limits.patience_seconds)
        answer = b""
        with contextlib.suppress(OSError):  # TimeoutError is one
            answer = job.reply.recv(_ANSWER_BYTES)
        return job.result(answer)


async def decode_async(
    source: Path,
    output: Path,
    *,
    limits: DecodeLimits = _DEFAULT_LIMITS,
    wanted: Wanted = _THE_USUAL,
) -> DecodedAudio:
    """As `decode`, without a thread. Cancelling it kills the decoding."""
    with _submitted(source, output, limits, wanted) as job:
        job.reply.setblocking(False)
        answer = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(limits.patience_seconds):
                loop = asyncio.get_running_loop()
                answer = await loop.sock_recv(job.reply, _ANSWER_BYTES)
        return job.result(answer)


@dataclass(frozen=True, slots=True)
class _Submitted:
    output: Path
    reply: socket.socket
    limits: DecodeLimits

    def result(self, answer: bytes) -> DecodedAudio:
        """answer: what came, or b"" when the process was lost or had no time."""
        told: dict[str, Any] = (
            json.loads(answer) if answer else {"reason": DecodeReason.UNAVAILABLE}
        )
        if "reason" in told:
            raise DecodeError(DecodeReason(told["reason"]), self.limits)
        samples, sound = int(told["samples"]), Sound.of(told["sound"])
        if samples * sound.channels * PCM_BYTES_PER_SAMPLE != self.output.stat().st_size:
            raise DecodeError(DecodeReason.UNAVAILABLE, self.limits)
        return DecodedAudio(self.output, samples, sound)


@contextmanager
def _submitted(
    source: Path, output: Path, limits: DecodeLimits, wanted: Wanted
) -> Iterator[_Submitted]:
    """A job on its way. Its output is removed when the body raises, and the job ended."""
    with source.open("rb") as upload:
        order = json.dumps(
            {
                "work": "decode",
                "demuxer": demuxer_of(source, limits),
                "asked": asdict(wanted),
                "limits": asdict(limits),
            }
        )
        with output.open("wb") as pcm, _removed_on_error(output):
            try:
                reply = decoder_process.submit(order.encode(), upload.fileno(), pcm.fileno())
            except OSError:
                raise DecodeError(DecodeReason.UNAVAILABLE, limits) from None
            with reply:
                yield _Submitted(output, reply, limits)


def demuxer_of(source: Path, limits: DecodeLimits) -> str:
    """FFmpeg's demuxer for a file. Raises DecodeError for one that is empty or no recording."""
    with source.open("rb") as upload:
        if not os.fstat(upload.fileno()).st_size:
            raise DecodeError(DecodeReason.EMPTY, limits)
        demuxer = sniff(upload)
    if demuxer is None:
        raise DecodeError(DecodeReason.UNSUPPORTED, limits)
    return demuxer


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        raise
