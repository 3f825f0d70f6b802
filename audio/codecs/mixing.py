"""From the channels of a recording to the rows that are listened to: one mix, or each channel.

Channels are judged before they are mixed, block by block: two of opposite phase add up to nothing,
and then the loudest is heard alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]
"""Samples in rows, shape (channels, n), full scale being 1."""

_SHARES = {"FC": 1.0, "FL": 0.7071, "FR": 0.7071, "LFE": 0.0}
"""How much of a channel goes into a mix, by its place (ITU-R BS.775): speech is in the centre, and
only thunder in the LFE."""
_OTHER_SHARE = 0.5
_CANCELLED = 0.25
"""A mix that keeps less than this part of the energy which it would have of channels without a
likeness has lost what they say: 6 dB."""
_LOUDER = 2.0
"""A channel that is heard alone stays it until another has so many times its energy."""
_FADE_SAMPLES = 512
"""Over which one way of mixing becomes another."""


class Mixer(Protocol):
    """Makes the channels of a block into the rows that are listened to."""

    rows: int

    def mixed(self, block: Block, places: Sequence[str]) -> Block:
        """places: the names of the channels. The result has `rows` rows."""


class MonoMixer:
    """One row, in which no channel silences another."""

    rows = 1

    def __init__(self) -> None:
        self._shares: Block = np.ones(1, np.float32)
        self._alone = -1

    def mixed(self, block: Block, places: Sequence[str]) -> Block:
        before, self._shares = self._shares, self._chosen(block, places)
        mix: Block = self._shares @ block
        if len(before) == len(self._shares) and not np.array_equal(before, self._shares):
            fade = min(_FADE_SAMPLES, len(mix))
            rising = np.linspace(0, 1, fade, dtype=np.float32)
            mix[:fade] = rising * mix[:fade] + (1 - rising) * (before @ block[:, :fade])
        return mix[np.newaxis]

    def _chosen(self, block: Block, places: Sequence[str]) -> Block:
        usual = np.array([_SHARES.get(place, _OTHER_SHARE) for place in places], np.float32)
        usual = usual / usual.sum() if usual.any() else np.full_like(usual, 1 / len(usual))
        likeness = products(block)
        energies = likeness.diagonal()
        # the LFE counts where there is nothing else
        is_all_lfe = not (energies * usual).any() and energies.any()
        audible = energies if is_all_lfe else energies * (usual > 0)
        if not is_all_lfe and usual @ likeness @ usual >= _CANCELLED * (usual**2 @ energies):
            self._alone = -1
            return usual
        loudest = int(audible.argmax())
        stays = 0 <= self._alone < len(audible)
        if not (stays and audible[loudest] <= _LOUDER * audible[self._alone]):
            self._alone = loudest
        alone: Block = np.eye(len(audible), dtype=np.float32)[self._alone]
        return alone


class SplitMixer:
    """Each channel a row of its own. A stream that has fewer for a while repeats its last."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def mixed(self, block: Block, places: Sequence[str]) -> Block:
        return block[np.minimum(np.arange(self.rows), len(places) - 1)]


def products(block: Block) -> NDArray[np.float64]:
    """How each row sounds with each: sums of products, shape (rows, rows)."""
    return (block @ block.T).astype(np.float64)
