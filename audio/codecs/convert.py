"""Measure a recording, and convert it from file to file.

As with decoding, the work is done in a confined process. Conversions have one of their own: they
take minutes, and whoever waits for a transcript must not wait for them.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from audio.codecs.decode import demuxer_of
from audio.codecs.decoder_process import DecoderProcess, decoder_process
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import Converted, DecodeError, DecodeLimits, DecodeReason

_ANSWER_BYTES = 4096
LOOK_SECONDS = 0.5
"""How often whoever waits for a conversion is asked whether it is still wanted."""

converter_process = DecoderProcess()
atexit.register(converter_process.stop)
os.register_at_fork(after_in_child=converter_process.after_fork_in_child)


async def seconds_told_async(source: Path, *, limits: DecodeLimits) -> float:
    """How long a recording is by what its packets say; 0 where they do not say it.

    It is read, and not decoded. Raises DecodeError for what is no recording, for one that is
    encrypted or has lost its end, and for one that is longer than `limits.max_seconds`.
    """
    with _measuring(source, limits) as reply:
        reply.setblocking(False)
        answer = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(limits.patience_seconds):
                answer = await asyncio.get_running_loop().sock_recv(reply, _ANSWER_BYTES)
    return float(outcome_of(answer, limits)["seconds"])


def seconds_told(source: Path, *, limits: DecodeLimits) -> float:
    """The same where a thread may wait."""
    with _measuring(source, limits) as reply:
        reply.settimeout(limits.patience_seconds)
        answer = b""
        with contextlib.suppress(OSError):
            answer = reply.recv(_ANSWER_BYTES)
    return float(outcome_of(answer, limits)["seconds"])


def convert(
    source: Path,
    output: IO[bytes],
    *,
    target: Target,
    quality: Quality,
    limits: DecodeLimits,
    alive: Callable[[float], None],
) -> Converted:
    """Write a recording into an empty file in another format.

    alive: is called twice a second with the seconds of it that are done; what it raises ends the
    conversion. Raises DecodeError, OSError when `source` cannot be read, and ValueError for a
    quality that the format does not have. The output is incomplete then.
    """
    if quality not in target.recipe.qualities:
        raise ValueError(f"{target} is not {quality}.")
    asked = {"target": target, "quality": quality}
    with submitted("convert", source, output, asked, limits, converter_process) as reply:
        answer = awaited(reply, limits, alive)
    converted = Converted(**outcome_of(answer, limits))
    output.seek(0, os.SEEK_END)
    return converted


def awaited(reply: socket.socket, limits: DecodeLimits, alive: Callable[[float], None]) -> bytes:
    """The last message, or b"" when the process was lost or had no time."""
    reply.settimeout(LOOK_SECONDS)
    seconds, waited = 0.0, 0.0
    while waited < limits.patience_seconds:
        try:
            message = reply.recv(_ANSWER_BYTES)
        except TimeoutError:
            waited += LOOK_SECONDS
        except OSError:
            return b""
        else:
            told = json.loads(message) if message else {}
            if "done" not in told:
                return message
            seconds = told["done"]
        alive(seconds)
    return b""


def outcome_of(answer: bytes, limits: DecodeLimits) -> dict[str, Any]:
    """What the last message says. Raises DecodeError for a refusal."""
    told: dict[str, Any] = json.loads(answer) if answer else {"reason": DecodeReason.UNAVAILABLE}
    if "reason" in told:
        raise DecodeError(DecodeReason(told["reason"]), limits)
    return told


@contextlib.contextmanager
def _measuring(source: Path, limits: DecodeLimits) -> Iterator[socket.socket]:
    with (
        open(os.devnull, "wb") as nowhere,
        submitted("measure", source, nowhere, {}, limits, decoder_process) as reply,
    ):
        yield reply


@contextlib.contextmanager
def submitted(
    work: str,
    source: Path,
    output: IO[bytes],
    asked: dict[str, Any],
    limits: DecodeLimits,
    process: DecoderProcess,
    beside: IO[bytes] | None = None,
) -> Iterator[socket.socket]:
    """The socket of a job on its way, which ends with the body. beside: what it reads beside the
    source. Raises DecodeError."""
    order = {
        "work": work,
        "demuxer": demuxer_of(source, limits),
        "asked": asked,
        "limits": asdict(limits),
    }
    also = [] if beside is None else [beside.fileno()]
    with source.open("rb") as given:
        try:
            reply = process.submit(
                json.dumps(order).encode(), given.fileno(), output.fileno(), *also
            )
        except OSError:
            raise DecodeError(DecodeReason.UNAVAILABLE, limits) from None
    with reply:
        yield reply
