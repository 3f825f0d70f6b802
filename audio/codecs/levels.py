"""How loud what was decoded is, and by how much it is raised before it is cut to 16 bits."""

from __future__ import annotations

import numpy as np

from audio.codecs.mixing import Block, products

SILENCE = 1e-5
"""The peak of what has no sound in it, full scale being 1: -100 dB. One step of 16 bits is three
times that."""
_LEAST = 1e-6
"""The peak from which it may be raised: below it is what codecs leave of nothing."""
_QUIET = 0.02
"""The peak below which a recording is raised: a third of its 16 bits would be empty."""
_LOUD = 1.5
"""The peak above which it is lowered. Codecs overshoot by less."""
_AIM = 0.5
_TRUSTED = 16.0
"""A higher peak is a sample gone wrong, unless `_MANY` of all are beyond full scale."""
_MANY = 0.01
_SAME = 0.999
"""The squared likeness from which two channels are one."""


class Levels:
    """Gathers what is decoded, row by row."""

    def __init__(self, rows: int) -> None:
        self._peaks = np.zeros(rows)
        self._products = np.zeros((rows, rows))
        self._samples = self._beyond = 0

    def add(self, block: Block) -> None:
        if block.shape[1]:
            highest, lowest = block.max(axis=1), block.min(axis=1)
            self._peaks = np.maximum(self._peaks, np.maximum(highest, -lowest))
            self._products += products(block)
            self._samples += block.shape[1]
            if self._peaks.max() > _LOUD:
                self._beyond += int((np.abs(block).max(axis=0) > 1).sum())

    @property
    def is_silent(self) -> bool:
        return bool(self._peaks.max(initial=0.0) < SILENCE)

    def gain(self) -> float:
        """What all is to be multiplied with; 1 where it is loud enough as it is. It is the same for
        all rows: in a quiet channel there is what the other said, from afar."""
        peak = float(self._peaks.max(initial=0.0))
        if _LEAST <= peak < _QUIET:
            return _AIM / peak
        if peak <= _LOUD:
            return 1.0
        is_its_scale = self._beyond > _MANY * self._samples
        return 1.0 / (peak if is_its_scale else min(peak, _TRUSTED))

    def heard(self) -> tuple[int, ...]:
        """The rows that say something which no row before them says as well; the first if none
        says anything."""
        heard: list[int] = []
        for row in np.flatnonzero(self._peaks >= SILENCE).tolist():
            if not any(self._are_one(row, other) for other in heard):
                heard.append(row)
        return tuple(heard) or (0,)

    def _are_one(self, one: int, other: int) -> bool:
        both = self._products[one, other] ** 2
        each = self._products[one, one] * self._products[other, other]
        return bool(both > _SAME * each)
