"""The events on a channel and its two ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

MAX_LAG_MS = 120_000
"""Milliseconds of audio that a writer may be ahead of its reader before it waits."""

STALLED_SECONDS = 60.0
"""A reader that has taken nothing for so long while the writer waits is taken for gone."""


class ReaderGone(Exception):
    """Nobody reads this channel any more."""


class ChannelCut(Exception):
    """The speech was settled without this reader, which had not moved for too long."""


class ChannelSilent(Exception):
    """Nothing has been sent for longer than a living worker may be silent."""


class ChannelBroken(Exception):
    """Something that was sent has not arrived, and never will."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Encoded audio. `audio_ms` counts from the start of the speech to the end of this piece.

    tokens: what was said until there and is not told yet, with its times, where that is asked for.
    """

    data: bytes
    audio_ms: int
    tokens: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life from long work: how many seconds of the input are done."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a transcript, as the client is to get it. Like audio it can't be taken back.

    audio_ms: the end of what it writes down, counted from the start of the recording.
    """

    data: bytes
    audio_ms: int = 0


@dataclass(frozen=True, slots=True)
class Produced:
    """All the audio has been sent; what follows is `Finished`, once it is settled."""


@dataclass(frozen=True, slots=True)
class Result:
    """A finished transcript, ready to be sent as it is: whole, or after its deltas the event that
    ends them. What follows is `Finished`, once it has arrived and is settled.

    audio_ms: what is charged for when it has arrived; cost_micros and balance_micros: what it will
    have cost, and what will be left, for the head of the response.
    """

    data: bytes
    content_type: str
    audio_ms: int
    cost_micros: int = 0
    balance_micros: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What the client has got is settled."""

    cost_micros: int
    balance_micros: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The job has failed, and costs nothing. What the client is sent."""

    status: int
    message: str
    code: str = ""


Event = Audio | Progress | Delta | Produced | Result | Finished | Failed
_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (Audio, Progress, Delta, Produced, Result, Finished, Failed)
}


def pack(event: Event) -> dict[str, bytes]:
    """The event as the fields of a Redis Stream entry."""
    fields = asdict(event)
    data = fields.pop("data", b"")
    head = json.dumps({"kind": type(event).__name__, **fields}).encode()
    return {"head": head, "data": data}


def unpack(fields: dict[bytes, bytes]) -> Event:
    """The reverse of `pack`."""
    head: dict[str, Any] = json.loads(fields[b"head"])
    kind = _KINDS[head.pop("kind")]
    if kind in (Audio, Delta, Result):
        head["data"] = fields[b"data"]
    return kind(**head)


class Reader(Protocol):
    """The web's end of a channel."""

    async def open(self) -> None:
        """Say that somebody reads, until `close`. Before the job can be taken by a worker."""

    def events(self, *, silence_seconds: float) -> AsyncIterator[Event | None]:
        """Every event in order, and None now and then where events can be lost and none comes.

        Raises ChannelSilent after `silence_seconds` without one, and ChannelBroken.
        """

    async def delivered(self, audio_ms: int) -> None:
        """Say how much audio has arrived at the client's machine. Raises ChannelCut."""

    def when_cut(self, call: Callable[[], None]) -> None:
        """What to call when the line is cut before it is closed, also while a client that takes
        nothing keeps this end from saying anything."""

    def forgive(self) -> None:
        """Our failure costs nothing: whatever is said from now on, nothing has arrived."""

    async def close(self, *, cancelled: bool) -> bool:
        """Stop reading; `cancelled`: the client left before the end.

        Returns whether the writer has deferred the settlement, so that somebody else must be
        asked for it.
        """


class Writer(Protocol):
    """The worker's end of a channel."""

    def send(self, event: Event) -> None:
        """Send; waits while the reader is far behind. Raises ReaderGone for Audio, Delta and
        Progress when the client has left."""

    def cancelled(self) -> bool:
        """Whether the client has left before the end."""

    def listened(self, *, wait_seconds: float = 0.0) -> bool:
        """Whether somebody still reads: false when the web process has died.

        wait_seconds: how long to wait for a sign of life, as a channel may have forgotten the last.
        """

    def cut(self) -> None:
        """End the channel for a reader that does not move: it gets no more than it pays for."""

    def delivered_ms(self) -> int:
        """Milliseconds of audio that have arrived at the client's machine."""

    def wait_closed(self, seconds: float) -> bool:
        """Wait for the reader to close, 0: not at all; whether it has."""

    def defer(self) -> bool:
        """Leave the settlement to whoever closes the channel. Returns whether it is closed
        already, in which case the caller settles after all."""

    def has_output(self) -> bool:
        """Whether an earlier attempt has sent audio or text that can't be taken back."""

    def produced(self) -> bool:
        """Whether everything was sent that the client gets."""
