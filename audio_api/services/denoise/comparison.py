"""A recording before and after: how much quieter its noise is, and what both look like."""

from __future__ import annotations

import math

import numpy as np

from audio.engines.base import Samples

BARS = 160
"""Of a picture of a recording."""
_FRAME_SECONDS = 0.02
_QUIETEST = 0.1
"""Of all frames that are not silent: where people speak, what lies between their words."""
_FLOOR = 1e-9
"""Mean square below which a frame is silent: -90 dB of full scale."""
_MOST_DB = 60.0
"""What is taken away beyond that is nothing that anybody hears."""


class Comparison:
    """Takes the blocks of a recording, and says what became of it."""

    def __init__(self, *, samples: int, rate: int) -> None:
        """samples: of each channel, in all blocks together; rate: Hz."""
        self._frame = round(rate * _FRAME_SECONDS)
        self._per_bar = max(1, math.ceil(samples / BARS))
        self._at = 0
        self._energies: list[Samples] = []
        bars = math.ceil(samples / self._per_bar)
        self._peaks = np.zeros((2, bars), np.float32)

    def add(self, before: Samples, after: Samples) -> None:
        """A block of the recording, shape (n, channels), and what it became."""
        both = np.stack([before, after])
        self._add_peaks(np.abs(both).max(axis=2))
        frames = len(before) // self._frame
        if frames:
            whole = both[:, : frames * self._frame].reshape(2, frames, -1)
            self._energies.append(np.square(whole).mean(axis=2))

    def _add_peaks(self, loudest: Samples) -> None:
        """loudest: of the channels at each sample, shape (2, n)."""
        begin = self._at
        self._at += loudest.shape[1]
        for bar in range(begin // self._per_bar, -(-self._at // self._per_bar)):
            part = loudest[
                :, max(0, bar * self._per_bar - begin) : (bar + 1) * self._per_bar - begin
            ]
            self._peaks[:, bar] = np.maximum(self._peaks[:, bar], part.max(axis=1))

    def peaks(self) -> tuple[list[float], list[float]]:
        """The loudest of each of `BARS` equal parts, 0 to 1, before and after."""
        before, after = np.minimum(self._peaks, 1.0).tolist()
        return [round(peak, 3) for peak in before], [round(peak, 3) for peak in after]

    def noise_reduction_db(self) -> float | None:
        """How much quieter the quietest tenth of the recording became; None where it was silent."""
        if not self._energies:
            return None
        before, after = np.concatenate(self._energies, axis=1)
        heard = before > _FLOOR
        if not heard.any():
            return None
        before, after = before[heard], after[heard]
        quiet = np.argsort(before, kind="stable")[: max(1, round(len(before) * _QUIETEST))]
        ratio = before[quiet].sum() / max(float(after[quiet].sum()), 1e-20)
        return round(min(10 * math.log10(ratio), _MOST_DB), 1)
