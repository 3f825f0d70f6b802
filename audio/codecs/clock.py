"""Frames by the container's clock: where it leaves the file without sound there is silence.

A film whose sound begins late, a recording that was paused, a track of a meeting in which nobody
sent anything: all have holes, and whoever reads the times of a transcript looks at the same clock.
What is not a hole is left alone. A clock that jitters, that goes back, that jumps once and comes
back, that jumps beyond any length that is decoded, or that is missing, moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer

TOLERANCE_SECONDS = 0.1
"""Packets that were lost, and clocks that are not quite those of their samples, add up to it before
it is made good."""
_LONGEST_BEFORE_SECONDS = 600
"""A file that begins later by its own clock is a piece of a longer stream."""
_FROM_ZERO = frozenset({"matroska", "mov"})
"""Their clock is that of the file. Of a transport stream and the like it is a sender's, and means
something only from where the file begins."""
_FROM_BEGINNING = frozenset({"mpegts", "mpeg", "asf", "flv", "ogg"})
"""Others have no clock, or count their samples for one."""


class Timed(NamedTuple):
    """A frame and the seconds of silence before it."""

    silence: float
    frame: AudioFrame


def zero_of(container: InputContainer, demuxer: str) -> float | None:
    """What the file's clock shows at its beginning, in seconds; None where it has no clock."""
    begins = (container.start_time or 0) / av.time_base
    if demuxer in _FROM_ZERO:
        return begins if begins < 0 or begins > _LONGEST_BEFORE_SECONDS else 0.0
    return begins if demuxer in _FROM_BEGINNING else None


def by_clock(
    frames: Iterator[AudioFrame],
    *,
    zero: float | None,
    time_base: Fraction | None,
    max_seconds: float,
) -> Iterator[Timed]:
    """Each frame with what is silent before it, never more than `max_seconds` with all sound."""
    if zero is None or not time_base:
        yield from (Timed(0.0, frame) for frame in frames)
        return
    clock = _Clock(zero, max_seconds)
    frame, begins = next(frames, None), None
    if frame is not None:
        begins = _time(frame, time_base)
    while frame is not None:
        after = next(frames, None)
        then = None if after is None else _time(after, time_base)
        yield Timed(clock.silence_before(frame, begins, then), frame)
        frame, begins = after, then


def _time(frame: AudioFrame, time_base: Fraction) -> float | None:
    return None if frame.pts is None else float(frame.pts * time_base)


class _Clock:
    """How the clock of a file goes beside its sound."""

    def __init__(self, zero: float, max_seconds: float) -> None:
        self._due = zero
        """What the clock should show when the next frame begins."""
        self._last = zero
        self._position = 0.0
        """Seconds of sound and silence so far."""
        self._max_seconds = max_seconds

    def silence_before(self, frame: AudioFrame, begins: float | None, then: float | None) -> float:
        """begins, then: what the clock shows at this frame and at the next."""
        silence = 0.0
        if begins is not None:
            if begins < self._last - TOLERANCE_SECONDS:
                self._due = begins  # it begins anew: streams that were joined, a stream restarted
            elif self._is_hole(begins, then):
                silence = begins - self._due
                self._due = begins
                if self._position + silence > self._max_seconds:
                    silence = 0.0  # no hole but a broken clock
            self._last = begins
        seconds = frame.samples / frame.sample_rate
        self._due += seconds
        self._position += silence + seconds
        return silence

    def _is_hole(self, begins: float, then: float | None) -> bool:
        """Whether sound is late, and the next frame says so too: one alone may be mistaken."""
        if begins - self._due <= TOLERANCE_SECONDS:
            return False
        return not self._position if then is None else then >= begins
