"""Who speaks, where channels were told apart: a line for each turn, and a name before it."""

from __future__ import annotations

from audio.engines.base import Segment


def speaker_of(segment: Segment) -> str | None:
    """What a channel is called; None where channels were not told apart."""
    return None if segment.channel is None else f"Channel {segment.channel}"


class Turns:
    """Turns segments into text in which each change of the channel begins a line with its name."""

    def __init__(self) -> None:
        self._channel: int | None = None

    def text_of(self, segment: Segment) -> str:
        """The text of a segment, with what divides it from the one before."""
        if segment.channel == self._channel or not segment.text.strip():
            return segment.text
        self._channel = segment.channel
        return f"\n{speaker_of(segment)}: {segment.text.lstrip()}"
