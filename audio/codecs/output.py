"""Where decoded samples go: 16 bits each, the rows of one moment beside each other."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from audio.codecs.demuxing import Refused
from audio.codecs.levels import Levels
from audio.codecs.mixing import Block
from audio.codecs.verdict import (
    MAX_GAPS,
    PCM_BYTES_PER_SAMPLE,
    PCM_RATE,
    DecodeLimits,
    DecodeReason,
    Sound,
)

_FULL_SCALE = 32_768


class Output:
    """Writes from the beginning of a file, over what was there. Silence is a hole in it, which
    takes neither time nor space."""

    def __init__(self, file: BinaryIO, *, rows: int, gain: float, limits: DecodeLimits) -> None:
        self._file = file
        self._rows = rows
        self._gain = np.float32(gain * _FULL_SCALE)
        self._most = int(limits.max_seconds * PCM_RATE) // rows
        self._gaps: list[tuple[int, int]] = []
        self._silent = 0
        self.samples = 0
        """Of each row."""
        self.levels = Levels(rows)
        file.seek(0)
        file.truncate()

    def write(self, block: Block) -> None:
        """Raises Refused where it is too long."""
        self.levels.add(block)
        self._count(block.shape[1])
        steps = block.T * self._gain
        np.rint(steps, out=steps).clip(-_FULL_SCALE, _FULL_SCALE - 1, out=steps)
        self._file.write(steps.astype("<i2").tobytes())

    def rest(self, seconds: float) -> None:
        """Leave so much silence. Raises Refused where it is too long."""
        samples = round(seconds * PCM_RATE)
        if len(self._gaps) < MAX_GAPS:
            self._gaps.append((self.samples, samples))
        self._silent += samples
        self._count(samples)
        self._file.seek(self.samples * self._rows * PCM_BYTES_PER_SAMPLE)

    def end(self) -> Sound:
        self._file.truncate(self.samples * self._rows * PCM_BYTES_PER_SAMPLE)
        self._file.flush()
        return Sound(
            channels=self._rows,
            heard=self.levels.heard(),
            silent=self._silent,
            gaps=tuple(self._gaps),
        )

    def _count(self, samples: int) -> None:
        self.samples += samples
        if self.samples > self._most:
            raise Refused(DecodeReason.TOO_LONG)
