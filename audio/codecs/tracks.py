"""Which of a file's sound tracks is listened to."""

from __future__ import annotations

from av.container import InputContainer
from av.stream import Disposition


def in_order(container: InputContainer, wanted: int | None) -> list[int]:
    """The audio tracks to try one after the other, counted from 0: what a player would play first.

    wanted: the only one, counted from 1. A file without any has a first one that is not there.
    """
    if wanted is not None:
        return [wanted - 1]
    tracks = container.streams.audio
    numbers = sorted(range(len(tracks)), key=lambda n: not _is_default(tracks[n].disposition))
    return numbers or [0]


def _is_default(disposition: Disposition) -> bool:
    return bool(disposition & Disposition.default)
